"""Series, against a scripted Graph."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from shared_code.adapters.graph.calendar import GraphCalendar
from shared_code.adapters.graph.failures import crosses_neighbour
from shared_code.domain.events import CalendarEvent, EventContent, EventKind
from shared_code.domain.identifiers import EventId
from shared_code.domain.recurrence import read
from shared_code.domain.schedules import Series, Timed
from shared_code.domain.series import series_of
from shared_code.use_cases.errors import Refused, TryAgainLater
from tests.adapters.graph.answers import error
from tests.adapters.graph.masters import BERLIN, a_master, an_occurrence
from tests.adapters.scripted_server import Reply, ScriptedServer
from tests.contracts.mailboxes import a_new_event

MASTER = EventId("m.1")
EXTENSIONS = "extensions($filter=id%20eq%20'SalesExec.Appointment')"
ALL = (
    "changeKey,type,subject,body,start,end,originalStartTimeZone,isAllDay,createdDateTime,lastModifiedDateTime,location,"
    "showAs,sensitivity,isReminderOn,reminderMinutesBeforeStart,isCancelled,isOrganizer,organizer,attendees,categories,"
    "webLink,seriesMasterId,recurrence,originalStart,transactionId"
)
PARTS = "cancelledOccurrences,exceptionOccurrences"
WEEKLY = series_of(
    Timed(
        start_at=datetime(2026, 10, 5, 7, tzinfo=UTC), end_at=datetime(2026, 10, 5, 8, tzinfo=UTC), zone="Europe/Berlin"
    ),
    read(("RRULE:FREQ=WEEKLY",)),
)


def whole(calendar: GraphCalendar) -> CalendarEvent:
    found = calendar.read_series(MASTER)
    assert found is not None
    return found


def removed(event: CalendarEvent) -> set[date]:
    assert isinstance(event.schedule, Series)
    return set(event.schedule.removed)


def test_a_series_is_read_whole_in_one_request(calendar: GraphCalendar, server: ScriptedServer) -> None:
    moved = an_occurrence("2026-11-09", type="exception", subject="Moved")
    lost = ["OID.m.1.2026-11-16", "OID.m.1.2026-11-23"]
    server.replies = [Reply(body=a_master(cancelledOccurrences=lost, exceptionOccurrences=[moved]))]

    found = whole(calendar)

    [exception] = found.exceptions
    assert (exception.kind, exception.slot_day, exception.subject) == (EventKind.EXCEPTION, date(2026, 11, 9), "Moved")
    assert removed(found) == {date(2026, 11, 16), date(2026, 11, 23)}
    [asked] = server.asked
    assert asked.path == (
        f"/v1.0/me/events/m.1?$select={ALL},occurrenceId,{PARTS}&$expand={EXTENSIONS},exceptionOccurrences"
    )


def test_further_pages_of_exceptions_are_followed(calendar: GraphCalendar, server: ScriptedServer) -> None:
    link = f"{server.url}/v1.0/more"
    server.replies = [
        Reply(body=a_master(exceptionOccurrences=[], **{"exceptionOccurrences@odata.nextLink": link})),
        Reply(body={"value": [an_occurrence("2026-11-09")], "@odata.nextLink": f"{link}2"}),
        Reply(body={"value": [an_occurrence("2026-11-16")]}),
    ]

    found = whole(calendar)

    assert [each.slot_day for each in found.exceptions] == [date(2026, 11, 9), date(2026, 11, 16)]
    assert [asked.path for asked in server.asked[1:]] == ["/v1.0/more", "/v1.0/more2"]


def test_a_page_of_exceptions_elsewhere_is_not_asked_for(calendar: GraphCalendar, server: ScriptedServer) -> None:
    link = "https://elsewhere.example/v1.0/more"
    server.replies = [Reply(body=a_master(**{"exceptionOccurrences@odata.nextLink": link}))]

    with pytest.raises(Refused) as refusal:
        calendar.read_series(MASTER)

    assert refusal.value.code == "ForeignLink"
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "refusal", [Reply(400, error("BadRequest")), Reply(500, error("ErrorInternalServerError"))], ids=["400", "500"]
)
def test_where_graph_will_not_tell_all_at_once_it_is_asked_in_two(
    calendar: GraphCalendar, server: ScriptedServer, refusal: Reply
) -> None:
    nameless = an_occurrence("2026-11-09", occurrenceId=None)
    server.replies = [
        refusal,
        Reply(body=a_master()),
        Reply(body={"id": "m.1", "cancelledOccurrences": ["OID.m.1.2026-11-16"], "exceptionOccurrences": [nameless]}),
    ]

    found = whole(calendar)

    assert [each.slot_day for each in found.exceptions] == [date(2026, 11, 9)]
    assert removed(found) == {date(2026, 11, 16)}
    assert [asked.path for asked in server.asked[1:]] == [
        f"/v1.0/me/events/m.1?$expand={EXTENSIONS}",
        f"/v1.0/me/events/m.1?$select={ALL},{PARTS}&$expand=exceptionOccurrences",
    ]


def test_an_event_that_is_no_series_takes_one_request_less(calendar: GraphCalendar, server: ScriptedServer) -> None:
    single = a_master(type="singleInstance", recurrence=None)
    server.replies = [Reply(400, error("BadRequest")), Reply(body=single)]

    found = whole(calendar)

    assert found.kind is EventKind.SINGLE
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    "odd",
    [
        {"cancelledOccurrences": ["OID.m.1"]},
        {"cancelledOccurrences": [7]},
        {"exceptionOccurrences": [{"id": "x"}]},
        {"exceptionOccurrences": [an_occurrence("2026-11-09", occurrenceId=None, originalStart=None)]},
        {"exceptionOccurrences": "none"},
    ],
    ids=str,
)
def test_a_series_of_which_a_part_makes_no_sense_makes_none(
    calendar: GraphCalendar, server: ScriptedServer, odd: dict[str, Any]
) -> None:
    server.replies = [Reply(body=a_master(**odd))]

    with pytest.raises(Refused) as refusal:
        calendar.read_series(MASTER)

    assert refusal.value.code == "UnreadableEvent"


def test_a_series_that_is_gone_is_none_and_an_outage_is_not(calendar: GraphCalendar, server: ScriptedServer) -> None:
    server.replies = [Reply(404, error("ErrorItemNotFound")), Reply(503, error("ServiceUnavailable"))]

    gone = calendar.read_series(MASTER)

    assert gone is None
    with pytest.raises(TryAgainLater):
        calendar.read_series(MASTER)


def test_an_occurrence_is_looked_for_around_where_its_rule_puts_it_on_every_page(
    calendar: GraphCalendar, server: ScriptedServer
) -> None:
    server.replies = [
        Reply(body=a_master()),
        Reply(body={"value": [an_occurrence("2026-11-02")], "@odata.nextLink": f"{server.url}/v1.0/more"}),
        Reply(body={"value": [an_occurrence("2026-11-09", occurrenceId=None)]}),
    ]

    found = calendar.read_occurrence(whole(calendar), date(2026, 11, 9))

    assert found is not None
    assert found.id == "m.1~2026-11-09"
    assert server.asked[1].path == (
        "/v1.0/me/events/m.1/instances?startDateTime=2026-11-09T07:59:00Z&endDateTime=2026-11-09T09:01:00Z"
        f"&$expand={EXTENSIONS}"
    )


def test_an_occurrence_that_is_known_to_be_moved_or_removed_is_not_asked_for(
    calendar: GraphCalendar, server: ScriptedServer
) -> None:
    moved = an_occurrence("2026-11-09", type="exception")
    server.replies = [Reply(body=a_master(cancelledOccurrences=["OID.m.1.2026-11-16"], exceptionOccurrences=[moved]))]
    master = whole(calendar)

    there, gone = (calendar.read_occurrence(master, date(2026, 11, day)) for day in (9, 16))

    assert there is not None
    assert (there.id, gone) == ("m.1~2026-11-09", None)
    assert len(server.asked) == 1


def test_an_occurrence_that_cannot_be_read_does_not_count_as_removed(
    calendar: GraphCalendar, server: ScriptedServer
) -> None:
    server.replies = [Reply(body=a_master()), Reply(body={"value": [an_occurrence("2026-11-09", start=None)]})]
    master = whole(calendar)

    with pytest.raises(Refused) as refusal:
        calendar.read_occurrence(master, date(2026, 11, 9))

    assert refusal.value.code == "UnreadableEvent"


@pytest.mark.parametrize(("day", "is_there"), [(9, True), (10, False)])
def test_an_occurrence_that_nothing_names_is_known_by_where_its_rule_puts_it(
    calendar: GraphCalendar, server: ScriptedServer, day: int, is_there: bool
) -> None:
    nameless = an_occurrence(f"2026-11-{day:02}", occurrenceId=None, originalStart=None)
    server.replies = [Reply(body=a_master()), Reply(body={"value": [nameless]})]

    found = calendar.read_occurrence(whole(calendar), date(2026, 11, 9))

    assert (found is not None) is is_there


def test_an_exception_that_nothing_names_does_not_count_as_another_ones(
    calendar: GraphCalendar, server: ScriptedServer
) -> None:
    nameless = an_occurrence("2026-11-09", type="exception", occurrenceId=None, originalStart=None)
    server.replies = [Reply(body=a_master()), Reply(body={"value": [nameless]})]
    master = whole(calendar)

    with pytest.raises(Refused) as refusal:
        calendar.read_occurrence(master, date(2026, 11, 9))

    assert refusal.value.code == "UnreadableEvent"


def test_a_series_in_a_zone_that_graph_does_not_know_is_not_written_in_utc_instead(
    calendar: GraphCalendar, server: ScriptedServer
) -> None:
    server.replies = [Reply(400, error("TimeZoneNotSupportedException"))]

    with pytest.raises(Refused) as refusal:
        calendar.create(a_new_event(schedule=WEEKLY))
    with pytest.raises(Refused):
        calendar.change(MASTER, EventContent(schedule=WEEKLY), change_key="k")

    assert refusal.value.code == "TimeZoneNotSupportedException"
    assert [asked.json["start"]["timeZone"] for asked in server.asked] == [BERLIN, BERLIN]


@pytest.mark.parametrize(
    "body",
    [
        error("ErrorOccurrenceCrossingBoundary"),
        error("BadRequest", innerError={"code": "ErrorOccurrenceCrossingBoundary"}),
    ],
    ids=["outside", "inside"],
)
def test_a_neighbour_in_the_way_is_told_by_its_code(
    calendar: GraphCalendar, server: ScriptedServer, body: dict[str, Any]
) -> None:
    server.replies = [Reply(400, body)]

    with pytest.raises(Refused) as refusal:
        calendar.change(EventId("m.1~2026-11-09"), EventContent(subject="x"), change_key="k")

    assert refusal.value.code == "ErrorOccurrenceCrossingBoundary"
    assert crosses_neighbour(refusal.value)


def test_a_series_whose_answer_does_not_say_that_it_is_one_is_read_again(
    calendar: GraphCalendar, server: ScriptedServer
) -> None:
    cut_short = {name: value for name, value in a_master().items() if name not in ("type", "recurrence")}
    server.replies = [Reply(body=cut_short), Reply(body=a_master())]

    changed = calendar.change(MASTER, EventContent(schedule=WEEKLY, with_rule=True), change_key="k")

    assert changed.schedule == WEEKLY
    assert [asked.method for asked in server.asked] == ["PATCH", "GET"]
