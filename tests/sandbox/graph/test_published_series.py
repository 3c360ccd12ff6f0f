"""What Microsoft publishes of series, occurrences and exceptions, the simulator can say."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.graph.delta.following import NOVEMBER, VIEW
from tests.sandbox.graph.rep import Rep, at
from tests.sandbox.graph.test_published_samples import (
    CREATED,
    FLAG,
    MOMENT,
    NOTHING,
    NUMBER,
    PACIFIC,
    PREFER_PACIFIC,
    TEXT,
    assert_says,
    lunch,
    shape,
)

RECURRENCE = {
    "pattern": {
        "type": TEXT,
        "interval": NUMBER,
        "month": NUMBER,
        "dayOfMonth": NUMBER,
        "daysOfWeek": [TEXT],
        "firstDayOfWeek": TEXT,
        "index": TEXT,
    },
    "range": {
        "type": TEXT,
        "startDate": TEXT,
        "endDate": TEXT,
        "recurrenceTimeZone": TEXT,
        "numberOfOccurrences": NUMBER,
    },
}
MONDAYS = {"type": "weekly", "interval": 1, "daysOfWeek": ["Monday"]}


def lunches(**properties: Any) -> dict[str, Any]:
    """Return a request as the recurring example of api/user-post-events makes it."""
    span = {"type": "endDate", "startDate": "2026-09-07", "endDate": "2026-12-31"}
    times = {"start": at("2026-09-07T12:00:00", PACIFIC), "end": at("2026-09-07T14:00:00", PACIFIC)}
    return {**lunch(), **times, "recurrence": {"pattern": MONDAYS, "range": span}, **properties}


def test_a_series_master_says_what_user_post_events_publishes(rep: Rep) -> None:
    created = rep.post("/me/events", lunches(), prefer=PREFER_PACIFIC)

    assert_says(created, {**CREATED, "recurrence": RECURRENCE})
    assert created["recurrence"]["pattern"] == {
        "type": "weekly",
        "interval": 1,
        "month": 0,
        "dayOfMonth": 0,
        "daysOfWeek": ["monday"],
        "firstDayOfWeek": "sunday",
        "index": "first",
    }
    assert created["recurrence"]["range"] == {
        "type": "endDate",
        "startDate": "2026-09-07",
        "endDate": "2026-12-31",
        "recurrenceTimeZone": PACIFIC,
        "numberOfOccurrences": 0,
    }
    assert (created["type"], created["start"]) == ("seriesMaster", at("2026-09-07T12:00:00.0000000", PACIFIC))


def test_instances_say_what_event_list_instances_publishes(rep: Rep) -> None:
    master = rep.post("/me/events", lunches())
    names = "subject,bodyPreview,seriesMasterId,type,recurrence,start,end"
    window = f"startDateTime=2026-09-08T09:00:00&endDateTime=2026-09-30T09:00:00&$select={names}"
    path = f"/me/events/{master['id']}/instances"
    moved = next(one for one in rep.get(path, window)["value"] if one["start"]["dateTime"].startswith("2026-09-14"))
    times = {"start": at("2026-09-15T12:00:00", PACIFIC), "end": at("2026-09-15T12:30:00", PACIFIC)}
    rep.patch(f"/me/events/{moved['id']}", {**times, "body": {"contentType": "text", "content": "Moved by a day."}})

    answer = rep.get(path, window)

    published = {
        "@odata.etag": TEXT,
        "id": TEXT,
        "subject": TEXT,
        "bodyPreview": TEXT,
        "seriesMasterId": TEXT,
        "type": TEXT,
        "recurrence": NOTHING,
        "start": MOMENT,
        "end": MOMENT,
    }
    assert shape(answer) == {"@odata.context": TEXT, "value": [published]}
    assert answer["@odata.context"].endswith(f"/events('{master['id'].replace('=', '%3D')}')/instances({names})")
    assert sorted(one["type"] for one in answer["value"]) == ["exception", "occurrence", "occurrence"]
    assert len({one["@odata.etag"] for one in answer["value"]}) == 1
    assert {one["bodyPreview"] for one in answer["value"]} == {"Moved by a day.", "Does noon suit you?"}


def test_a_masters_exceptions_say_what_event_get_publishes(rep: Rep) -> None:
    master = rep.post("/me/events", lunches())
    window = "startDateTime=2026-09-01&endDateTime=2026-10-01&$orderby=start/dateTime"
    first, second, *_ = rep.get("/me/calendarView", window)["value"]
    rep.delete(f"/me/events/{first['id']}")
    rep.patch(f"/me/events/{second['id']}", {"subject": "SM update 24"})
    names = "subject,start,end,occurrenceId,exceptionOccurrences,cancelledOccurrences"

    read = rep.get(f"/me/events/{master['id']}", f"$select={names}&$expand=exceptionOccurrences")

    exception = {"id": TEXT, "subject": TEXT, "occurrenceId": TEXT, "start": MOMENT, "end": MOMENT}
    assert shape(read) == {
        "@odata.context": TEXT,
        "@odata.etag": TEXT,
        "id": TEXT,
        "subject": TEXT,
        "occurrenceId": NOTHING,
        "start": MOMENT,
        "end": MOMENT,
        "cancelledOccurrences": [TEXT],
        "exceptionOccurrences": [{"@odata.etag": TEXT, **exception}],
    }
    assert read["@odata.context"].endswith(f"/events({names})/$entity")
    assert read["cancelledOccurrences"] == [f"OID.{master['id']}.2026-09-07"]
    assert read["exceptionOccurrences"][0]["occurrenceId"] == f"OID.{master['id']}.2026-09-14"


# Page: concepts/outlook-schedule-recurring-events, every pattern and range of it, with start days of 2026.
PATTERNS: list[dict[str, Any]] = [
    {"type": "daily", "interval": 1},
    {"type": "daily", "interval": 3},
    {"type": "weekly", "interval": 1, "daysOfWeek": ["Thursday"]},
    {"type": "weekly", "interval": 2, "daysOfWeek": ["Monday", "Tuesday"]},
    {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 15},
    {"type": "absoluteMonthly", "interval": 3, "dayOfMonth": 7},
    {"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["Wednesday"], "index": "second"},
    {"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["Thursday", "Friday"], "index": "first"},
    {"type": "relativeMonthly", "interval": 2, "daysOfWeek": ["Thursday"], "index": "first"},
    {"type": "absoluteYearly", "interval": 1, "dayOfMonth": 15, "month": 4},
    {"type": "relativeYearly", "interval": 1, "daysOfWeek": ["Wednesday"], "index": "last", "month": 11},
]
RANGES: list[dict[str, Any]] = [
    {"type": "numbered", "numberOfOccurrences": 10},
    {"type": "endDate", "endDate": "2028-12-31"},
    {"type": "noEnd"},
]


@pytest.mark.parametrize("span", RANGES, ids=lambda span: str(span["type"]))
@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda pattern: f"{pattern['type']}-{pattern['interval']}")
def test_each_published_pattern_goes_with_each_published_range(
    rep: Rep, pattern: dict[str, Any], span: dict[str, Any]
) -> None:
    recurrence = {"pattern": pattern, "range": {**span, "startDate": "2026-09-07"}}

    created = rep.post("/me/events", lunches(recurrence=recurrence))

    read = created["recurrence"]
    assert shape(read) | {"pattern": {}} == {**RECURRENCE, "pattern": {}}
    assert {**pattern, "daysOfWeek": [day.lower() for day in pattern.get("daysOfWeek", [])]} == {
        "daysOfWeek": [],
        **{name: read["pattern"][name] for name in pattern},
    }
    assert {name: read["range"][name] for name in span} == span
    assert rep.get("/me/calendarView", "startDateTime=2026-09-01&endDateTime=2027-09-01")["value"]


def test_an_all_day_occurrence_says_what_a_developer_reported(rep: Rep) -> None:
    """Report microsoft-graph-docs#2804: originalStart is the midnight of the series' zone."""
    whole = {"start": at("2026-06-02T00:00:00", PACIFIC), "end": at("2026-06-03T00:00:00", PACIFIC), "isAllDay": True}
    span = {"type": "numbered", "startDate": "2026-06-02", "numberOfOccurrences": 3}
    recurrence = {"pattern": {**MONDAYS, "daysOfWeek": ["Tuesday"]}, "range": span}
    rep.post("/me/events", lunches(recurrence=recurrence, **whole))

    one = rep.get("/me/calendarView", "startDateTime=2026-06-09&endDateTime=2026-06-10")["value"][0]

    names = ("originalStartTimeZone", "subject", "originalStart", "isAllDay", "type", "start", "end")
    assert {name: shape(one[name]) for name in names} == {
        "originalStartTimeZone": TEXT,
        "subject": TEXT,
        "originalStart": TEXT,
        "isAllDay": FLAG,
        "type": TEXT,
        "start": MOMENT,
        "end": MOMENT,
    }
    assert (one["originalStart"], one["type"]) == ("2026-06-09T07:00:00Z", "occurrence")
    assert (one["start"], one["end"]) == (
        at("2026-06-09T00:00:00.0000000", "UTC"),
        at("2026-06-10T00:00:00.0000000", "UTC"),
    )


def test_an_occurrence_in_change_tracking_says_what_developers_reported(rep: Rep) -> None:
    """Report microsoft-graph-docs-contrib#34: next to nothing is told of it."""
    rep.post("/me/events", lunches())

    told = [item for item in rep.get(VIEW, NOVEMBER)["value"] if item.get("type") == "occurrence"]

    assert shape(told) == [
        {
            "@odata.type": TEXT,
            "@odata.etag": TEXT,
            "id": TEXT,
            "seriesMasterId": TEXT,
            "type": TEXT,
            "start": MOMENT,
            "end": MOMENT,
        }
    ]
