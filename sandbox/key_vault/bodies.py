"""Key Vault's JSON: bundles, items, pages, and what callers write."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.key_vault.errors import bad_parameter
from sandbox.key_vault.store import RECOVERABLE_DAYS, Secret, Version, Written

LARGEST_PAGE = 25


def attributes(version: Version) -> dict[str, Any]:
    """Return a version's attributes."""
    shown: dict[str, Any] = {
        "enabled": version.enabled,
        "created": int(version.created_at.timestamp()),
        "updated": int(version.updated_at.timestamp()),
        "recoveryLevel": "Recoverable+Purgeable",
        "recoverableDays": RECOVERABLE_DAYS,
    }
    if version.not_before is not None:
        shown["nbf"] = version.not_before
    if version.expires is not None:
        shown["exp"] = version.expires
    return shown


def described(identity: str, version: Version) -> dict[str, Any]:
    """Return what bundles and items have in common."""
    shown: dict[str, Any] = {"id": identity, "attributes": attributes(version), "tags": version.tags}
    if version.content_type is not None:
        shown["contentType"] = version.content_type
    return shown


def secret_bundle(base: str, secret: Secret, version: Version, *, with_value: bool) -> dict[str, Any]:
    """Return one version of a secret."""
    shown = described(f"{base}/secrets/{secret.name}/{version.id}", version)
    return {"value": version.value, **shown} if with_value else shown


def item(base: str, secret: Secret) -> dict[str, Any]:
    """Return a secret as lists show it: without version and value."""
    return described(f"{base}/secrets/{secret.name}", secret.current)


def version_item(base: str, secret: Secret, version: Version) -> dict[str, Any]:
    """Return a version as lists show it."""
    return described(f"{base}/secrets/{secret.name}/{version.id}", version)


def deletion(base: str, secret: Secret) -> dict[str, Any]:
    """Return what says when a secret was deleted and how to get it back."""
    if secret.deleted_at is None or secret.gone_at is None:
        raise ValueError(f"{secret.name} is not deleted")
    return {
        "recoveryId": f"{base}/deletedsecrets/{secret.name}",
        "deletedDate": int(secret.deleted_at.timestamp()),
        "scheduledPurgeDate": int(secret.gone_at.timestamp()),
    }


def deleted_bundle(base: str, secret: Secret) -> dict[str, Any]:
    """Return a deleted secret."""
    return {**secret_bundle(base, secret, secret.current, with_value=False), **deletion(base, secret)}


def deleted_item(base: str, secret: Secret) -> dict[str, Any]:
    """Return a deleted secret as lists show it."""
    return {**item(base, secret), **deletion(base, secret)}


def page(request: Request, items: list[dict[str, Any]]) -> Response:
    """Return one page of a list and where the next one is."""
    size = whole_number(request.query_params.get("maxresults", str(LARGEST_PAGE)), "maxresults")
    if not 1 <= size <= LARGEST_PAGE:
        raise bad_parameter(f"maxresults is 1 to {LARGEST_PAGE}.")
    start = place_of(request.query_params.get("$skiptoken", ""))
    end = start + size
    next_link = None
    if end < len(items):
        query = {**dict(request.query_params), "$skiptoken": token_of(end)}
        next_link = f"https://{request.headers['host']}{request.url.path}?{urlencode(query)}"
    return JSONResponse({"value": items[start:end], "nextLink": next_link})


def token_of(place: int) -> str:
    """Return an opaque token for a place in a list."""
    return base64.urlsafe_b64encode(f"place:{place}".encode()).decode()


def place_of(token: str) -> int:
    """Return the place a token stands for."""
    if not token:
        return 0
    try:
        text = base64.urlsafe_b64decode(token).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise bad_parameter("The $skiptoken is not one of this vault's.") from error
    return whole_number(text.removeprefix("place:"), "$skiptoken")


def whole_number(text: str, name: str) -> int:
    """Return a query parameter that must be a number."""
    if not text.isascii() or not text.isdigit():
        raise bad_parameter(f"{name} is not valid.")
    return int(text)


def written_from(body: Mapping[str, Any]) -> Written:
    """Return the attributes that a caller sets."""
    given = body.get("attributes") or {}
    tags = body.get("tags")
    if tags is not None and not all(isinstance(text, str) for pair in tags.items() for text in pair):
        raise bad_parameter("Tags are texts.")
    return Written(
        content_type=body.get("contentType"),
        tags=tags,
        enabled=given.get("enabled"),
        not_before=given.get("nbf"),
        expires=given.get("exp"),
    )
