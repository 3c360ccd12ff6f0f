"""Several requests in one, against a scripted Graph."""

from datetime import timedelta
from typing import Any

import pytest

from shared_code.adapters.graph.batch import Part
from shared_code.adapters.graph.calendar import GraphCalendar
from shared_code.adapters.graph.client import GraphClient
from shared_code.adapters.graph.wire.reading import UnreadableEvent
from shared_code.domain.events import CalendarEvent
from shared_code.domain.identifiers import EventId
from shared_code.domain.schedules import Window
from shared_code.use_cases.errors import ChangedMeanwhile, ReconnectNeeded, Refused, SyncError, TryAgainLater
from tests.adapters.graph.answers import TwoTokens, batch_of, error, part
from tests.adapters.graph.test_reading import an_event
from tests.adapters.scripted_server import Reply, ScriptedServer
from tests.builders import NOW

EVENT = EventId("AAk/+=A")
WINDOW = Window(start_at=NOW, end_at=NOW.replace(day=30))
EXPAND = "$expand=extensions($filter=id%20eq%20'SalesExec.Appointment')"
PAGE = {"value": [an_event(id="b")], "@odata.nextLink": "https://graph.example/next"}
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="", error="insufficient_claims", claims="eyJhIjoxfQ=="'}


def requests_of(server: ScriptedServer, number: int = 0) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = server.asked[number].json["requests"]
    return found


def test_an_event_and_a_window_are_asked_for_in_one_request(calendar: GraphCalendar, server: ScriptedServer) -> None:
    server.replies = [batch_of(part(1, body=PAGE), part(0, body=an_event(id="a")))]

    event, view = calendar.read_and_view(EVENT, WINDOW)

    assert event is not None
    assert view is not None
    assert (event.id, [each.id for each in view]) == ("a", ["b"])
    [asked] = server.asked
    assert (asked.method, asked.path) == ("POST", "/v1.0/$batch")
    read, viewed = requests_of(server)
    assert (read["method"], read["url"]) == ("GET", f"/me/events/AAk%2F%2B%3DA?{EXPAND}")
    assert viewed["url"] == (
        "/me/calendar/calendarView?startDateTime=2026-11-23T09:00:00Z&endDateTime=2026-11-30T09:00:00Z"
        f"&{EXPAND}&$top=50"
    )
    assert read["id"] != viewed["id"]


def test_each_part_says_what_it_prefers_and_none_waits_for_another(
    calendar: GraphCalendar, server: ScriptedServer
) -> None:
    server.replies = [batch_of(part(0, body=an_event()), part(1, body=PAGE))]

    calendar.read_and_view(EVENT, WINDOW)

    for request in requests_of(server):
        assert 'IdType="ImmutableId"' in request["headers"]["Prefer"]
        assert request["headers"]["client-request-id"]
        assert "dependsOn" not in request
        assert "Authorization" not in request["headers"]


@pytest.mark.parametrize(
    "odd",
    [
        part(1, 429, error("TooManyRequests"), {"Retry-After": "9"}),
        part(1, 404, error("ErrorItemNotFound")),
        part(1, 500, error("ErrorInternalServerError")),
        part(1, 403, error("ErrorAccessDenied")),
        part(1, 200, {}),
        part(1, 200, None),
        part(1, 200, "text"),
        {"id": "1", "status": 204},
        {"id": "1"},
        {"status": 200},
        {},
    ],
)
def test_a_window_that_could_not_be_read_costs_the_window_only(
    calendar: GraphCalendar, server: ScriptedServer, odd: object
) -> None:
    server.replies = [batch_of(part(0, body=an_event(id="a")), odd)]

    event, view = calendar.read_and_view(EVENT, WINDOW)

    assert event is not None
    assert (event.id, view) == ("a", None)


def test_an_event_that_is_gone_is_none_and_its_window_is_read(calendar: GraphCalendar, server: ScriptedServer) -> None:
    server.replies = [batch_of(part(0, 404, error("ErrorItemNotFound")), part(1, body=PAGE))]

    event, view = calendar.read_and_view(EVENT, WINDOW)

    assert event is None
    assert view is not None


@pytest.mark.parametrize(
    ("odd", "meant"),
    [
        (part(0, 404, error("MailboxNotEnabledForRESTAPI")), Refused),
        (part(0, 404), Refused),
        (part(0, 403, error("AccessDenied"), CHALLENGE), ReconnectNeeded),
        (part(0, 424, error("FailedDependency")), TryAgainLater),
        (part(0, 200, an_event(start=None)), UnreadableEvent),
        (part(0, 200, None), UnreadableEvent),
        (part(7, 200, an_event()), TryAgainLater),
        ({"id": "0", "status": "200"}, TryAgainLater),
    ],
)
def test_an_event_that_could_not_be_read_is_an_error_of_its_own_kind(
    calendar: GraphCalendar, server: ScriptedServer, odd: object, meant: type[SyncError]
) -> None:
    server.replies = [batch_of(odd, part(1, body=PAGE))]

    with pytest.raises(meant):
        calendar.read_and_view(EVENT, WINDOW)

    assert len(server.asked) == 1


def test_a_throttled_part_says_itself_how_long_to_wait(calendar: GraphCalendar, server: ScriptedServer) -> None:
    throttled = part(0, 429, error("ApplicationThrottled"), {"retry-after": "12.5"})
    server.replies = [batch_of(throttled, part(1, body=PAGE))]

    with pytest.raises(TryAgainLater) as refusal:
        calendar.read_and_view(EVENT, WINDOW)

    assert (refusal.value.throttled, refusal.value.retry_after) == (True, timedelta(seconds=12.5))


@pytest.mark.parametrize(
    ("reply", "meant"),
    [
        (Reply(429, error("TooManyRequests"), {"Retry-After": "3"}), TryAgainLater),
        (Reply(400, error("BadRequest")), Refused),
        (Reply(503, raw=b""), TryAgainLater),
        (Reply(raw=b"<html>hello</html>"), TryAgainLater),
        (Reply(body={}), TryAgainLater),
        (Reply(body={"responses": None}), TryAgainLater),
    ],
)
def test_what_befalls_the_whole_is_raised(
    calendar: GraphCalendar, server: ScriptedServer, reply: Reply, meant: type[SyncError]
) -> None:
    server.replies = [reply]

    with pytest.raises(meant):
        calendar.read_and_view(EVENT, WINDOW)


def test_parts_whose_token_was_refused_are_sent_once_more(
    calendar: GraphCalendar, server: ScriptedServer, token: TwoTokens
) -> None:
    server.replies = [
        batch_of(part(0, 401, error("InvalidAuthenticationToken")), part(1, body=PAGE)),
        batch_of(part(0, body=an_event(id="a"))),
    ]

    event, view = calendar.read_and_view(EVENT, WINDOW)

    assert event is not None
    assert view is not None
    assert [len(requests_of(server, number)) for number in (0, 1)] == [2, 1]
    assert token.refused == ["first"]
    assert server.asked[1].headers["Authorization"] == "Bearer second"


@pytest.mark.parametrize(("headers", "meant"), [({}, TryAgainLater), (CHALLENGE, ReconnectNeeded)])
def test_a_part_whose_new_token_is_refused_too_is_not_sent_for_ever(
    calendar: GraphCalendar, server: ScriptedServer, headers: dict[str, str], meant: type[SyncError]
) -> None:
    server.replies = [batch_of(part(0, 401, error("InvalidAuthenticationToken"), headers), part(1, body=PAGE))]

    with pytest.raises(meant):
        calendar.read_and_view(EVENT, WINDOW)

    assert len(server.asked) == 2


def test_a_lost_answer_to_a_batch_that_only_reads_is_asked_for_again(
    calendar: GraphCalendar, server: ScriptedServer
) -> None:
    server.replies = [Reply(drops=True), batch_of(part(0, body=an_event(id="a")), part(1, body=PAGE))]

    event, _ = calendar.read_and_view(EVENT, WINDOW)

    assert event is not None


def test_a_lost_answer_to_a_batch_that_deletes_is_not_repeated(calendar: GraphCalendar, server: ScriptedServer) -> None:
    server.replies = [Reply(drops=True)]

    with pytest.raises(TryAgainLater):
        calendar.remove_batch([(EVENT, "k")])

    assert len(server.asked) == 1


def test_many_events_are_read_each_on_its_own_terms(calendar: GraphCalendar, server: ScriptedServer) -> None:
    parts = [
        part(0, 404, error("ErrorItemNotFound")),
        part(1, body=an_event(id="b", start=None)),
        part(2, body=an_event(id="c")),
        part(3, 429, error("TooManyRequests"), {"Retry-After": "30"}),
    ]
    server.replies = [batch_of(*parts)]

    gone, odd, read, throttled = calendar.read_batch([EventId(each) for each in "abcd"])

    assert gone is None
    assert isinstance(odd, UnreadableEvent)
    assert isinstance(read, CalendarEvent)
    assert read.id == "c"
    assert isinstance(throttled, TryAgainLater)
    assert [request["method"] for request in requests_of(server)] == ["GET"] * 4


def test_events_are_deleted_each_by_its_version(calendar: GraphCalendar, server: ScriptedServer) -> None:
    server.replies = [batch_of(part(1, 204), part(0, 204))]

    removed = calendar.remove_batch([(EVENT, "abc=="), (EventId("b"), "")])

    first, second = requests_of(server)
    assert removed == [True, True]
    assert (first["method"], first["url"]) == ("DELETE", "/me/events/AAk%2F%2B%3DA")
    assert first["headers"]["If-Match"] == 'W/"abc=="'
    assert "If-Match" not in second["headers"]


def test_each_deletion_has_its_own_outcome(calendar: GraphCalendar, server: ScriptedServer) -> None:
    items = [(EventId(name), "k") for name in "abcdef"]
    server.replies = [
        batch_of(
            part(0, 204),
            part(1, 404, error("ErrorItemNotFound")),
            part(2, 412, error("ErrorIrresolvableConflict")),
            part(3, 409),
            part(4, 429, error("TooManyRequests"), {"Retry-After": "7"}),
        )
    ]

    removed = calendar.remove_batch(items)

    assert removed[:2] == [True, False]
    assert [type(each) for each in removed[2:]] == [ChangedMeanwhile, ChangedMeanwhile, TryAgainLater, TryAgainLater]
    throttled, unanswered = removed[4:]
    assert isinstance(throttled, TryAgainLater)
    assert isinstance(unanswered, TryAgainLater)
    assert (throttled.throttled, throttled.retry_after) == (True, timedelta(seconds=7))
    assert not unanswered.throttled


def test_deletions_that_are_forbidden_are_looked_at_together(calendar: GraphCalendar, server: ScriptedServer) -> None:
    forbidden = error("ErrorAccessDenied")
    server.replies = [
        batch_of(part(0, 204), *(part(number, 403, forbidden) for number in range(1, 6))),
        batch_of(
            part(0, 404, error("ErrorItemNotFound")),
            part(1, body=an_event(isCancelled=True)),
            part(2, body=an_event()),
            part(3, 503),
            part(4, body=an_event(start=None)),
        ),
    ]

    removed = calendar.remove_batch([(EventId(name), "k") for name in "abcdef"])

    assert removed[:3] == [True, False, False]
    assert [type(each) for each in removed[3:]] == [Refused, Refused, Refused]
    assert [request["method"] for request in requests_of(server, 1)] == ["GET"] * 5


def test_what_was_deleted_stays_deleted_when_a_second_look_fails(
    calendar: GraphCalendar, server: ScriptedServer
) -> None:
    server.replies = [batch_of(part(0, 204), part(1, 403, error("ErrorAccessDenied"))), Reply(429)]

    first, second = calendar.remove_batch([(EventId("a"), "k"), (EventId("b"), "k")])

    assert first is True
    assert isinstance(second, Refused)


def test_what_was_deleted_stays_deleted_when_the_rest_meets_a_refusal_as_a_whole(
    calendar: GraphCalendar, server: ScriptedServer
) -> None:
    server.replies = [batch_of(part(0, 204), part(1, 401)), Reply(429, headers={"Retry-After": "7"})]

    first, second = calendar.remove_batch([(EventId("a"), "k"), (EventId("b"), "k")])

    assert first is True
    assert isinstance(second, TryAgainLater)
    assert second.throttled


def test_nothing_to_delete_is_not_asked_for(calendar: GraphCalendar, server: ScriptedServer) -> None:
    assert calendar.remove_batch([]) == []
    assert server.asked == []


def test_more_parts_than_graph_takes_are_a_mistake_of_ours(client: GraphClient, server: ScriptedServer) -> None:
    with pytest.raises(ValueError, match="20"):
        client.batch([Part(method="GET", path="/me/events/a")] * 21)

    assert server.asked == []
