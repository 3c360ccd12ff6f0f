"""The content of a waiting push at rest: compressed, encrypted for this one push, split over binary columns.

Nothing of it can be read in the table, or by who copies it into another row: which push it belongs to is authenticated
with it.
"""

import secrets
import zlib
from datetime import UTC
from functools import cache
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import TypeAdapter

from shared_code.adapters.key_vault.data_keys import DataKey
from shared_code.adapters.tables.columns import Columns, number, optional_text
from shared_code.domain.appointments import Appointment
from shared_code.use_cases.ports import WaitingPush

KEY_ID, PARTS, PART = "ContentKey", "ContentParts", "Content"

BYTES_PER_COLUMN = 64 * 1024
"""What a binary column holds. Source: Microsoft docs, storage/tables/scalability-targets"""

_NONCE_BYTES = 12


class Keys(Protocol):
    """Keys to encrypt with. May raise TryAgainLater."""

    def current(self) -> DataKey:
        """Return the key to encrypt with."""
        ...

    def by_id(self, key_id: str) -> DataKey | None:
        """Return the key something was encrypted with, or None when it is gone."""
        ...


def sealed(push: WaitingPush, content: Appointment, keys: Keys) -> dict[str, Any]:
    """Return the columns that hold the content."""
    key = keys.current()
    nonce = secrets.token_bytes(_NONCE_BYTES)
    plain = zlib.compress(_appointments().dump_json(content))
    whole = nonce + AESGCM(key.secret).encrypt(nonce, plain, _bound_to(push))
    starts = range(0, len(whole), BYTES_PER_COLUMN)
    parts = {f"{PART}{index}": whole[start : start + BYTES_PER_COLUMN] for index, start in enumerate(starts)}
    return {KEY_ID: key.id, PARTS: len(parts), **parts}


def opened(push: WaitingPush, columns: Columns, keys: Keys) -> Appointment | None:
    """Return the content, or None when there is none, its key is gone, or it is not what was stored for this push."""
    key_id = optional_text(columns, KEY_ID)
    key = None if key_id is None else keys.by_id(key_id)
    if key is None:
        return None
    whole = b"".join(bytes(columns.get(f"{PART}{index}", b"")) for index in range(number(columns, PARTS)))
    nonce, encrypted = whole[:_NONCE_BYTES], whole[_NONCE_BYTES:]
    try:
        plain = AESGCM(key.secret).decrypt(nonce, encrypted, _bound_to(push))
        return _appointments().validate_json(zlib.decompress(plain))
    except (InvalidTag, ValueError):
        # It is another push's, was changed, or an earlier version of the app wrote what this one cannot read.
        return None


def _bound_to(push: WaitingPush) -> bytes:
    return f"{push.user}|{push.appointment}{push.slot}|{push.modified_at.astimezone(UTC).isoformat()}".encode()


@cache
def _appointments() -> TypeAdapter[Appointment]:
    """Return what writes and reads appointments, made when first needed: that takes some 60 ms."""
    return TypeAdapter(Appointment)
