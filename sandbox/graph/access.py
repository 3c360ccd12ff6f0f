"""Who is asking, and whether they may: access tokens, scopes, licences."""

from __future__ import annotations

from sandbox.directory import Grant, User, bearer_token
from sandbox.graph.errors import access_denied, item_not_found, mailbox_not_enabled, unauthenticated
from sandbox.world import World

READ_CALENDARS = frozenset({"calendars.read", "calendars.readwrite"})
WRITE_CALENDARS = frozenset({"calendars.readwrite"})
READ_PROFILE = frozenset({"user.read", "user.readbasic.all", "user.read.all", "user.readwrite"})


def authenticated(world: World, authorization: str) -> Grant:
    """Return what the caller's access token grants, or refuse with 401."""
    token = bearer_token(authorization)
    if not token:
        raise unauthenticated("Access token is empty.")
    grant = world.directory.authenticate(token)
    if grant is None:
        raise unauthenticated("Access token validation failure. The token is unknown, has expired or was revoked.")
    return grant


def require_scope(grant: Grant, any_of: frozenset[str]) -> None:
    """Refuse with 403 unless the token has one of the scopes, written with or without Graph's address."""
    held = {scope.rsplit("/", 1)[-1].lower() for scope in grant.scopes}
    if not held & any_of:
        raise access_denied()


def require_mailbox_of(user: User) -> None:
    """Refuse with 404 when the user has no Exchange Online mailbox."""
    if not user.licensed:
        raise mailbox_not_enabled()


def own_path(world: World, grant: Grant, segments: tuple[str, ...]) -> tuple[str, ...]:
    """Return a path below `/users/{id or UPN}` as one below `/me`; others' mailboxes are not shared with anybody."""
    if len(segments) < 2 or segments[0].lower() != "users":
        return segments
    wanted = segments[1]
    if wanted.lower() in (grant.user.oid.lower(), grant.user.upn.lower()):
        return ("me", *segments[2:])
    known = world.directory.user_by_oid(wanted) or world.directory.user_by_upn(wanted)
    raise access_denied() if known else item_not_found()
