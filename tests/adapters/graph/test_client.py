"""Requests to Graph, and what comes of odd answers."""

import pytest

from shared_code.adapters.graph.calendar import GraphCalendar
from shared_code.adapters.graph.wire.reading import UnreadableEvent
from shared_code.domain.events import EventContent
from shared_code.domain.identifiers import EventId
from shared_code.domain.schedules import Timed, Window
from shared_code.use_cases.errors import EventGone, Refused, TryAgainLater
from tests.adapters.graph.answers import TwoTokens, error
from tests.adapters.graph.test_reading import an_event
from tests.adapters.scripted_server import Reply, ScriptedServer
from tests.builders import NOW, a_time
from tests.contracts.mailboxes import a_new_event

EVENT = EventId("AAk/+=A")
WINDOW = Window(start_at=NOW, end_at=NOW.replace(day=30))


def test_every_request_says_who_asks_and_what_it_prefers(calendar: GraphCalendar, server: ScriptedServer) -> None:
    server.replies = [Reply(body=an_event())]

    calendar.read(EVENT)
    calendar.read(EVENT)

    first, second = server.asked
    assert first.headers["Authorization"] == "Bearer first"
    assert 'IdType="ImmutableId"' in first.headers["Prefer"]
    assert 'outlook.timezone="UTC"' in first.headers["Prefer"]
    assert first.headers["client-request-id"] != second.headers["client-request-id"]


def test_an_event_is_asked_for_with_its_extension_and_its_id_escaped(
    calendar: GraphCalendar, server: ScriptedServer
) -> None:
    server.replies = [Reply(body=an_event())]

    calendar.read(EVENT)

    expand = "$expand=extensions($filter=id%20eq%20'SalesExec.Appointment')"
    assert server.asked[0].path == f"/v1.0/me/events/AAk%2F%2B%3DA?{expand}"


def test_a_view_follows_next_links_with_its_preferences(calendar: GraphCalendar, server: ScriptedServer) -> None:
    link = f"{server.url}/v1.0/me/calendar/calendarView?$skiptoken=x%2Fy"
    server.replies = [
        Reply(body={"value": [], "@odata.nextLink": link}),
        Reply(body={"value": [an_event(id="a")]}),
    ]

    pages = list(calendar.view(WINDOW))

    assert [[event.id for event in page] for page in pages] == [[], ["a"]]
    first, second = server.asked
    assert first.path == (
        "/v1.0/me/calendar/calendarView?startDateTime=2026-11-23T09:00:00Z&endDateTime=2026-11-30T09:00:00Z"
        "&$expand=extensions($filter=id%20eq%20'SalesExec.Appointment')&$top=50"
    )
    assert second.path == "/v1.0/me/calendar/calendarView?$skiptoken=x%2Fy"
    assert second.headers["Prefer"] == first.headers["Prefer"]


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/v1.0/me/events",
        "http://localhost:1/v1.0/me/events",
        "http://user@127.0.0.1/v1.0/me/events",
        "//evil.example/x",
        "/v1.0/me/events?$skiptoken=1",
        "http://127.0.0.1\\@evil.example/",
        "http://[::1/",
        "javascript:alert(1)",
    ],
)
def test_a_link_that_leads_away_is_refused_and_nothing_is_sent_there(
    calendar: GraphCalendar, server: ScriptedServer, link: str
) -> None:
    server.replies = [Reply(body={"value": [], "@odata.nextLink": link})]

    with pytest.raises(Refused):
        list(calendar.view(WINDOW))

    assert len(server.asked) == 1


def test_pages_that_never_end_are_refused(calendar: GraphCalendar, server: ScriptedServer) -> None:
    server.replies = [Reply(body={"value": [], "@odata.nextLink": f"{server.url}/v1.0/next"})]

    with pytest.raises(Refused):
        list(calendar.view(WINDOW))

    assert len(server.asked) == 2


def test_a_page_that_fails_ends_the_view_with_an_error(calendar: GraphCalendar, server: ScriptedServer) -> None:
    server.replies = [
        Reply(body={"value": [an_event()], "@odata.nextLink": f"{server.url}/v1.0/next"}),
        Reply(503, error("ServiceUnavailable")),
    ]
    pages = calendar.view(WINDOW)

    assert len(next(pages)) == 1
    with pytest.raises(TryAgainLater):
        next(pages)


@pytest.mark.parametrize("raw", [b"<html>hello</html>", b"{}", b"[]", b'{"value": null}', b'{"value": {}}', b""])
def test_a_success_that_is_no_page_is_no_empty_calendar(
    calendar: GraphCalendar, server: ScriptedServer, raw: bytes
) -> None:
    server.replies = [Reply(raw=raw)]

    with pytest.raises(TryAgainLater):
        list(calendar.view(WINDOW))


def test_one_odd_event_costs_only_itself(calendar: GraphCalendar, server: ScriptedServer) -> None:
    odd = {"dateTime": "2026-11-24T09:00:00", "timeZone": "Mars"}
    events = [an_event(id="a"), an_event(id="b", start=odd), an_event(id="c", subject=7), an_event(id="d")]
    server.replies = [Reply(body={"value": events})]

    [page] = calendar.view(WINDOW)

    assert [event.id for event in page] == ["a", "d"]
    assert calendar.unreadable == {"b", "c"}


def test_an_odd_event_read_by_its_id_is_not_missing(calendar: GraphCalendar, server: ScriptedServer) -> None:
    server.replies = [Reply(body=an_event(start=None))]

    with pytest.raises(UnreadableEvent):
        calendar.read(EVENT)


def test_only_graphs_own_word_makes_an_event_missing(calendar: GraphCalendar, server: ScriptedServer) -> None:
    server.replies = [Reply(404, error("ErrorItemNotFound")), Reply(404, raw=b"<html>no such page</html>")]

    gone = calendar.read(EVENT)

    assert gone is None
    with pytest.raises(Refused):
        calendar.read(EVENT)


def test_a_refused_token_is_renewed_once(calendar: GraphCalendar, server: ScriptedServer, token: TwoTokens) -> None:
    server.replies = [Reply(401, error("InvalidAuthenticationToken")), Reply(201, an_event())]

    calendar.create(a_new_event())

    assert [asked.headers["Authorization"] for asked in server.asked] == ["Bearer first", "Bearer second"]
    assert token.refused == ["first"]


def test_a_new_token_that_is_refused_too_is_for_later(calendar: GraphCalendar, server: ScriptedServer) -> None:
    server.replies = [Reply(401, error("InvalidAuthenticationToken"))]

    with pytest.raises(TryAgainLater):
        calendar.read(EVENT)

    assert len(server.asked) == 2


def test_a_lost_answer_to_a_creation_is_not_repeated(calendar: GraphCalendar, server: ScriptedServer) -> None:
    server.replies = [Reply(drops=True)]

    with pytest.raises(TryAgainLater):
        calendar.create(a_new_event())

    assert len(server.asked) == 1


def test_a_zone_that_graph_has_never_heard_of_is_written_as_utc(
    calendar: GraphCalendar, server: ScriptedServer
) -> None:
    server.replies = [Reply(400, error("TimeZoneNotSupportedException")), Reply(201, an_event())]
    times = a_time()

    calendar.create(a_new_event(schedule=Timed(start_at=times.start_at, end_at=times.end_at, zone="America/Edmonton")))

    first, second = (asked.json["start"] for asked in server.asked)
    assert first["timeZone"] != "UTC"
    assert second == {"dateTime": "2026-11-24T10:00:00", "timeZone": "UTC"}


def test_a_change_asks_for_the_version_that_was_read(calendar: GraphCalendar, server: ScriptedServer) -> None:
    server.replies = [Reply(body=an_event())]

    calendar.change(EVENT, EventContent(subject="New"), change_key="abc==")

    [asked] = server.asked
    assert (asked.method, asked.headers["If-Match"], asked.json) == ("PATCH", 'W/"abc=="', {"subject": "New"})


def test_an_answer_to_a_change_that_is_cut_short_is_read_anew(calendar: GraphCalendar, server: ScriptedServer) -> None:
    server.replies = [Reply(body={"iCalUId": "x"}), Reply(body=an_event(subject="New"))]

    changed = calendar.change(EVENT, EventContent(subject="New"), change_key="k")

    assert changed.subject == "New"


def test_an_event_that_vanished_after_its_change_is_gone(calendar: GraphCalendar, server: ScriptedServer) -> None:
    server.replies = [Reply(body={"iCalUId": "x"}), Reply(404, error("ErrorItemNotFound"))]

    with pytest.raises(EventGone):
        calendar.change(EVENT, EventContent(subject="New"), change_key="k")


@pytest.mark.parametrize(
    ("replies", "removed"),
    [
        ([Reply(204, raw=b"")], True),
        ([Reply(404, error("ErrorItemNotFound"))], False),
        ([Reply(403, error("ErrorAccessDenied")), Reply(404, error("ErrorItemNotFound"))], False),
        ([Reply(403, error("ErrorAccessDenied")), Reply(body=an_event(isCancelled=True))], False),
    ],
)
def test_removing_what_is_gone_or_called_off_is_no_error(
    calendar: GraphCalendar, server: ScriptedServer, replies: list[Reply], removed: bool
) -> None:
    server.replies = replies

    assert calendar.remove(EVENT, change_key="k") is removed


def test_removing_what_may_not_be_removed_is_refused(calendar: GraphCalendar, server: ScriptedServer) -> None:
    server.replies = [Reply(403, error("ErrorAccessDenied")), Reply(body=an_event())]

    with pytest.raises(Refused):
        calendar.remove(EVENT, change_key="k")
