"""The contract's JSON of cleanups."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import azure.functions as func

from functions.answers import BadRequest
from functions.requests_in import body_object
from shared_code.domain.cleanups import CleanupState, Side
from shared_code.domain.fields import canonical_instant
from shared_code.domain.identifiers import UserGuid, parse_guid
from shared_code.use_cases.cleanup_jobs import CleanupView

CONFIRMATION = "REMOVE ALL"
CURE = (
    "Send the user a connect link; the clean-up goes on by itself once the user has signed in. "
    "If nobody can sign in any more, disconnect the user: what is in Outlook is then left."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanupRequest:
    """What a cleanup is asked for; `user` None: everybody."""

    user: UserGuid | None
    sides: tuple[Side, ...]
    dry_run: bool


def request_of(request: func.HttpRequest) -> CleanupRequest:
    """Return what is asked for; BadRequest names the field at fault and the cure."""
    body = body_object(request)
    errors: list[tuple[str, str]] = []
    user = _user(body, errors)
    sides = _sides(body.get("Sides", ["Outlook"]), errors)
    dry_run = body.get("DryRun", False)
    if not isinstance(dry_run, bool):
        errors.append(("/DryRun", "must be true or false"))
    if errors:
        raise BadRequest("No clean-up was begun.", errors)
    return CleanupRequest(user=user, sides=sides, dry_run=dry_run)


def _user(body: Mapping[str, Any], errors: list[tuple[str, str]]) -> UserGuid | None:
    all_users, given = body.get("AllUsers", False), body.get("UserGuid")
    if not isinstance(all_users, bool):
        errors.append(("/AllUsers", "must be true or false"))
        return None
    if all_users:
        if given is not None:
            errors.append(("/UserGuid", "must be absent together with AllUsers: clean up one user, or all"))
        if body.get("Confirm") != CONFIRMATION:
            errors.append(("/Confirm", f'must be "{CONFIRMATION}" to clean up every user'))
        return None
    try:
        return UserGuid(parse_guid(given if isinstance(given, str) else ""))
    except ValueError:
        errors.append(("/UserGuid", 'must be the GUID of a user, or send "AllUsers": true with "Confirm"'))
        return None


def _sides(given: object, errors: list[tuple[str, str]]) -> tuple[Side, ...]:
    known = [side.value for side in Side]
    if not isinstance(given, list) or not given or any(each not in known for each in given):
        errors.append(("/Sides", 'must be a list of "Outlook", "SalesExec", or both'))
        return ()
    return tuple(side for side in Side if side.value in given)


def preview_body(counts: Mapping[Side, int]) -> dict[str, int]:
    """Return what a cleanup would remove; a side that was not asked for is 0."""
    return {side.value: counts.get(side, 0) for side in Side}


def cleanup_body(view: CleanupView) -> dict[str, Any]:
    """Return a cleanup as the contract shows it."""
    parts = view.parts
    body: dict[str, Any] = {
        "JobId": view.job.id,
        "State": view.state.value,
        "Found": sum(part.found for part in parts),
        "Removed": 0 if view.job.dry_run else sum(part.removed for part in parts),
        "Left": [
            {"EventId": each.event_id or None, "Reason": each.reason.value} for part in parts for each in part.left
        ],
        "StartedUtc": canonical_instant(view.job.started_at),
        "FinishedUtc": _finished(view),
        "DryRun": view.job.dry_run,
    }
    blocked: Sequence[UserGuid] = [part.user for part in parts if part.state is CleanupState.BLOCKED]
    if blocked:
        body["Blocked"] = [{"UserGuid": user, "Reason": "ReconnectNeeded", "Cure": CURE} for user in blocked]
    if view.job.dry_run:
        body["Outlook"] = sum(part.outlook_found or 0 for part in parts)
        body["SalesExec"] = sum(part.salesexec_found or 0 for part in parts)
    return body


def _finished(view: CleanupView) -> str | None:
    if view.state is not CleanupState.DONE:
        return None
    times = [part.finished_at for part in view.parts if part.finished_at is not None]
    return canonical_instant(max(times, default=view.job.started_at))
