"""The trip-wire of a rep's calendar: Graph's change tracking of calendarView."""

from collections.abc import Iterator

import msgspec

from shared_code.adapters.graph import addresses
from shared_code.adapters.graph.client import GraphClient
from shared_code.adapters.graph.failures import must_start_over, no_token
from shared_code.adapters.graph.wire.payloads import CHANGED_EVENT, Page, decoded
from shared_code.adapters.graph.wire.reading import version_of
from shared_code.domain.identifiers import EventId
from shared_code.domain.schedules import Window
from shared_code.use_cases.errors import SyncError, SyncStateLost
from shared_code.use_cases.ports import CalendarChanges

CHANGES_PER_PAGE = 200
"""Changes a page: few round trips after an import of many events. Graph may send fewer (api/event-delta)."""

_PREFER = f"odata.maxpagesize={CHANGES_PER_PAGE}"


class GraphChangeFeed:
    """Rounds of changes of one rep's default calendar; a token is the link that Graph gave for the next round.

    Quirk: the window is frozen in the token, so moving it takes a new round. Source: Microsoft docs, api/event-delta.
    """

    def __init__(self, client: GraphClient) -> None:
        self._client = client

    def begin(self, window: Window) -> str:
        """Walk through the first round over the window and return the token of the next one."""
        token = ""
        for page in self._round(self._client.begin_walk(addresses.changes(window), prefer=_PREFER)):
            token = page.delta_link or ""
        return self._client.checked(token)

    def since(self, token: str) -> CalendarChanges:
        """Return what changed since the token was given: on an idle calendar for one request.

        SyncStateLost when Graph has forgotten the token, or when it is one of another Graph, where it is not sent.

        Quirk: an event comes several times in one round, the last one counts; an event outside the window that
        changed comes as removed. Source: Microsoft docs, concepts/delta-query-overview and api/event-delta.
        """
        if not self._client.is_at_home(token):
            message = "the change token is of another Graph"
            raise SyncStateLost(message, code="ForeignLink")
        changed: dict[EventId, str] = {}
        removed: set[EventId] = set()
        next_token = ""
        for page in self._round(self._client.walk(token, prefer=_PREFER)):
            for raw in page.value:
                _note(raw, changed, removed)
            next_token = page.delta_link or ""
        return CalendarChanges(changed=changed, removed=frozenset(removed), token=self._client.checked(next_token))

    def _round(self, pages: Iterator[Page]) -> Iterator[Page]:
        """Yield the pages of a round, of which the last one has the link to the next round.

        Quirk: Graph may forget a round while it is being walked through, and says so on any page of it (developers,
        microsoft-graph-docs#2839). Beginning anew is for the caller to decide.
        """
        try:
            for page in pages:
                if not page.next_link and not page.delta_link:
                    raise no_token()
                yield page
        except SyncError as error:
            if must_start_over(error):
                raise SyncStateLost(
                    str(error), status=error.status, code=error.code, request_id=error.request_id
                ) from error
            raise


def _note(raw: msgspec.Raw, changed: dict[EventId, str], removed: set[EventId]) -> None:
    """Note what an item says. One that cannot be read is a change of an unknown event: it must not go unnoticed."""
    try:
        item = decoded(CHANGED_EVENT, raw)
    except msgspec.ValidationError:
        changed[EventId("")] = ""
        return
    event_id = EventId(item.id or "")
    if item.removed is not None:
        removed.add(event_id)
    else:
        changed[event_id] = version_of(item.change_key, item.etag)
