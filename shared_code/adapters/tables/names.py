"""The tables, and how ids become keys."""

import hashlib
import re

from shared_code.domain.identifiers import UserGuid, shard_of
from shared_code.use_cases.ports import SHARDS

REPS = "Reps"
"""A rep's connection and what went wrong for her last, in one partition (her guid)."""

MAPPINGS = "Mappings"
"""A rep's pairs with one mailbox in one partition (their book), so that pair, event and push time change together."""

APPOINTMENTS = "Appointments"
MAILBOXES = "Mailboxes"
POLLS = "Polls"
WAITING = "Waiting"
CLEANUPS = "Cleanups"
ALARMS = "Alarms"
ONE_TIME = "OneTime"

_UNSAFE = re.compile(r"[^A-Za-z0-9.-]")


def key_of(text: str) -> str:
    """Return the text as a key, distinct for distinct texts, readable where it is a plain id.

    Quirk: keys may hold no slashes, # or ?, and no control characters; Azurite answers 500 to a slash.
    Source: Microsoft docs, rest/api/storageservices/understanding-the-table-service-data-model
    """
    return _UNSAFE.sub(lambda found: "".join(f"_{byte:02x}" for byte in found[0].encode("utf-8", "replace")), text)


def shard_key(user: UserGuid) -> str:
    """Return the partition of a rep in the tables that hold many reps together."""
    return shard_partition(shard_of(user, SHARDS))


def shard_partition(shard: int) -> str:
    """Return the partition of a shard."""
    return f"{shard:02d}"


def digest_key(text: str) -> str:
    """Return a key that does not tell the text: for ids too long or too odd for a key, and for secrets."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
