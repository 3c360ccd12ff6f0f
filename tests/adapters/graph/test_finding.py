"""Finding our events in every calendar of a mailbox, against a scripted Graph."""

from typing import Any

import pytest

from shared_code.adapters.graph.calendar import GraphCalendar
from shared_code.domain.events import CalendarEvent, OddEvent
from shared_code.domain.identifiers import EXTENDED_PROPERTY_ID, EventId
from shared_code.use_cases.errors import Refused, TryAgainLater
from tests.adapters.graph.answers import error
from tests.adapters.graph.test_reading import an_event
from tests.adapters.scripted_server import Reply, ScriptedServer

GUID = "11111111-1111-4111-8111-111111111111"
EXPAND = (
    "$expand=extensions($filter=id%20eq%20'SalesExec.Appointment'),"
    "singleValueExtendedProperties($filter=id%20eq%20"
    "'String%20%7B6f0a1a5e-2a43-4d0c-8c53-5b1c9f0e7a21%7D%20Name%20SalesExecAppointment')"
)
ANNA, BEN = {"name": "Anna", "address": "Anna@example.com"}, {"name": "Ben", "address": "ben@example.com"}


def ours(event_id: str, guid: str = GUID, **more: Any) -> dict[str, Any]:
    extension = {
        "id": "microsoft.graph.openTypeExtension.SalesExec.Appointment",
        "extensionName": "SalesExec.Appointment",
        "AppointmentGuid": guid,
    }
    return an_event(id=event_id, extensions=[extension], **more)


def calendars(*ids: str) -> Reply:
    return Reply(body={"value": [{"id": each, "owner": ANNA, "isDefaultCalendar": each == "c1"} for each in ids]})


def events(*found: dict[str, Any], following: str = "") -> Reply:
    return Reply(body={"value": list(found), **({"@odata.nextLink": following} if following else {})})


def found_by(calendar: GraphCalendar) -> list[CalendarEvent]:
    return [event for page in calendar.find_ours() for event in page if isinstance(event, CalendarEvent)]


def test_our_events_are_found_in_every_calendar_with_all_that_proves_them_ours(
    calendar: GraphCalendar, server: ScriptedServer
) -> None:
    held = {"id": EXTENDED_PROPERTY_ID.replace("6f0a1a5e", "6F0A1A5E"), "value": f"{GUID}:1"}
    server.replies = [
        Reply(
            body={
                "value": [{"id": "c1", "owner": ANNA, "isDefaultCalendar": True}],
                "@odata.nextLink": f"{server.url}/v1.0/me/calendars?$skip=1",
            }
        ),
        calendars("c/2="),
        events(ours("a", transactionId="t-1", singleValueExtendedProperties=[held])),
        events(following=f"{server.url}/v1.0/more"),
        events(ours("b")),
    ]

    first, second = found_by(calendar)

    assert (first.id, first.transaction_id, first.property_value) == ("a", "t-1", f"{GUID}:1")
    assert first.mark is not None
    assert (second.id, second.transaction_id, second.property_value) == ("b", None, None)
    in_first, in_second = (server.asked[number].path for number in (2, 3))
    assert in_first == (
        f"/v1.0/me/calendars/c1/events?$filter=Extensions/any(f:f/id%20eq%20'SalesExec.Appointment')&{EXPAND}&$top=50"
    )
    assert in_second.startswith("/v1.0/me/calendars/c%2F2%3D/events?")
    assert [asked.path for asked in server.asked][1::3] == ["/v1.0/me/calendars?$skip=1", "/v1.0/more"]


@pytest.mark.parametrize(
    "refusal",
    [
        Reply(400, error("ErrorInvalidRequest")),
        Reply(500, error("ErrorInternalServerError")),
        Reply(501, error("NotImplemented")),
    ],
)
def test_where_graph_cannot_tell_them_all_events_are_read(
    calendar: GraphCalendar, server: ScriptedServer, refusal: Reply
) -> None:
    server.replies = [calendars("c1"), refusal, events(an_event(id="hers"), ours("a"))]

    found = found_by(calendar)

    assert [event.id for event in found] == ["a"]
    assert server.asked[2].path == f"/v1.0/me/calendars/c1/events?{EXPAND}&$top=50"


def test_a_filter_that_graph_passed_over_in_silence_changes_nothing(
    calendar: GraphCalendar, server: ScriptedServer
) -> None:
    foreign = [{"extensionName": "com.example.other", "AppointmentGuid": GUID}]
    server.replies = [calendars("c1"), events(an_event(id="a", extensions=foreign), an_event(id="b"), ours("c"))]

    assert [event.id for event in found_by(calendar)] == ["c"]


def test_an_event_whose_extension_says_nonsense_is_found(calendar: GraphCalendar, server: ScriptedServer) -> None:
    server.replies = [calendars("c1"), events(ours("a", guid="nonsense"))]

    [event] = found_by(calendar)

    assert (event.id, event.mark) == ("a", None)


def test_an_event_that_cannot_be_read_is_among_them_as_an_odd_one(
    calendar: GraphCalendar, server: ScriptedServer
) -> None:
    nameless = {**ours(""), "start": None}
    server.replies = [calendars("c1"), events(ours("a", start=None), ours("b"), nameless)]

    [page] = calendar.find_ours()

    odd = [each for each in page if isinstance(each, OddEvent)]
    assert odd == [OddEvent(id=EventId("a")), OddEvent(id=EventId(""))]
    assert [each.id for each in page if isinstance(each, CalendarEvent)] == ["b"]


def test_calendars_that_others_share_with_her_are_left_alone(calendar: GraphCalendar, server: ScriptedServer) -> None:
    server.replies = [
        Reply(
            body={
                "value": [
                    {"id": "bens", "owner": BEN, "canShare": True},
                    {"id": "default", "owner": ANNA, "isDefaultCalendar": True},
                    {"id": "own", "owner": {"address": "anna@EXAMPLE.com"}, "canShare": False},
                    {"id": "nobodys", "owner": None},
                    {"id": "nobodys-shared", "canShare": False},
                ]
            }
        ),
        events(),
    ]

    found_by(calendar)

    asked = [each.path.split("/")[4] for each in server.asked[1:]]
    assert asked == ["default", "own", "nobodys"]


def test_trouble_halfway_ends_the_search_with_an_error(calendar: GraphCalendar, server: ScriptedServer) -> None:
    server.replies = [
        calendars("c1", "c2"),
        events(ours("a"), following=f"{server.url}/v1.0/more"),
        Reply(500, error("ErrorInternalServerError")),
    ]
    pages = calendar.find_ours()

    assert len(next(pages)) == 1
    with pytest.raises(TryAgainLater):
        next(pages)


def test_a_throttled_search_is_no_reason_to_read_everything(calendar: GraphCalendar, server: ScriptedServer) -> None:
    server.replies = [calendars("c1"), Reply(429, error("TooManyRequests"))]

    with pytest.raises(TryAgainLater):
        found_by(calendar)

    assert len(server.asked) == 2


@pytest.mark.parametrize("odd", [{}, {"id": 7}, "c1"])
def test_a_calendar_that_cannot_be_read_is_not_passed_over(
    calendar: GraphCalendar, server: ScriptedServer, odd: object
) -> None:
    server.replies = [Reply(body={"value": [odd]})]

    with pytest.raises(Refused):
        found_by(calendar)
