"""Pages, selection, filters, order, expansion."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.sandbox.graph.rep import NAME, PROPERTY, Rep, attendee, code_of, extension

NOVEMBER = "startDateTime=2026-11-01T00:00:00Z&endDateTime=2026-12-01T00:00:00Z"
VIEW = "/me/calendar/calendarView"


def hour(number: int) -> str:
    return f"2026-11-{2 + number // 8:02d}T{8 + number % 8:02d}:00:00"


@pytest.fixture(name="busy")
def rep_with_many_events(rep: Rep) -> Rep:
    for number in range(23):
        rep.create(subject=f"Call {number}", start=hour(number), end=hour(number))
    return rep


def pages(rep: Rep, path: str, query: str, prefer: str = "") -> list[list[dict[str, Any]]]:
    """Return the items of each page, following the links as they are."""
    collected = []
    body = rep.get(path, query, prefer=prefer)
    while True:
        collected.append(body["value"])
        if "@odata.nextLink" not in body:
            return collected
        body = rep.get(body["@odata.nextLink"], prefer=prefer)


def filtered(rep: Rep, text: str) -> list[str]:
    answer = rep.get("/me/events", f"$filter={quote(text)}&$top=100")
    return sorted(event["subject"] for event in answer["value"])


def test_a_page_holds_ten_unless_another_number_is_asked_for(busy: Rep) -> None:
    default, five = pages(busy, VIEW, NOVEMBER), pages(busy, VIEW, NOVEMBER + "&$top=5")

    assert [len(page) for page in default] == [10, 10, 3]
    assert [len(page) for page in five] == [5, 5, 5, 5, 3]
    assert len({event["id"] for page in five for event in page}) == 23


def test_the_next_link_is_opaque_and_carries_the_query(busy: Rep) -> None:
    first = busy.get(VIEW, NOVEMBER + "&$top=5&$select=subject")

    link = first["@odata.nextLink"]
    second = busy.get(link)

    assert link.startswith(f"{busy.root}/me/calendar/calendarView?")
    assert "$skiptoken=" in link
    assert set(second["value"][0]) == {"@odata.etag", "id", "subject"}


def test_the_next_link_does_not_carry_the_preferences(busy: Rep) -> None:
    first = busy.get(VIEW, NOVEMBER, prefer='outlook.timezone="Tokyo Standard Time"')

    second = busy.get(first["@odata.nextLink"])

    assert first["value"][0]["start"]["timeZone"] == "Tokyo Standard Time"
    assert second["value"][0]["start"]["timeZone"] == "UTC"


@pytest.mark.parametrize(("habit", "sizes"), [("empty", [0, 10, 10, 3]), ("short", [5, 5, 5, 5, 3])])
def test_pages_may_be_empty_or_short_while_more_follow(busy: Rep, habit: str, sizes: list[int]) -> None:
    busy.world.switches.set("graph.pages", habit)

    collected = pages(busy, VIEW, NOVEMBER)

    assert [len(page) for page in collected] == sizes


def test_an_event_deleted_between_two_pages_makes_another_one_be_missed(busy: Rep) -> None:
    first = busy.get(VIEW, NOVEMBER)
    busy.delete(f"/me/events/{first['value'][0]['id']}")

    rest = pages(busy, first["@odata.nextLink"], "")

    seen = {event["id"] for page in [first["value"], *rest] for event in page}
    assert len(seen) == 22


def test_a_made_up_skip_token_is_refused(rep: Rep) -> None:
    assert code_of(rep.ask("GET", "/me/events", query="$skiptoken=abc")) == "ErrorInvalidUrlQuery"


@pytest.mark.parametrize(("switch", "status"), [("clamped", 200), ("refused", 400)])
def test_a_page_of_more_than_a_thousand_is_cut_or_refused(rep: Rep, switch: str, status: int) -> None:
    rep.world.switches.set("graph.top_above_1000", switch)

    assert rep.ask("GET", VIEW, query=NOVEMBER + "&$top=1001").status_code == status


def test_a_page_of_nothing_is_refused(rep: Rep) -> None:
    assert rep.ask("GET", VIEW, query=NOVEMBER + "&$top=0").status_code == 400


def test_without_an_order_the_latest_come_first_and_with_one_the_earliest(busy: Rep) -> None:
    plain = busy.get(VIEW, NOVEMBER + "&$top=100")["value"]
    ascending = busy.get(VIEW, NOVEMBER + "&$top=100&$orderby=start/dateTime")["value"]
    descending = busy.get(VIEW, NOVEMBER + "&$top=100&$orderby=start/dateTime%20desc")["value"]

    assert [event["subject"] for event in ascending] == [f"Call {number}" for number in range(23)]
    assert plain == descending == ascending[::-1]


def test_an_order_by_what_cannot_be_sorted_is_refused(rep: Rep) -> None:
    assert rep.ask("GET", "/me/events", query="$orderby=attendees").status_code == 400


def test_a_selection_brings_only_what_it_names_with_id_and_etag(rep: Rep) -> None:
    rep.create()

    answer = rep.get("/me/events", "$select=Subject,start")

    assert set(answer["value"][0]) == {"@odata.etag", "id", "subject", "start"}
    assert answer["@odata.context"].endswith("/events(subject,start)")


def test_selecting_what_does_not_exist_is_refused(rep: Rep) -> None:
    answer = rep.ask("GET", "/me/events", query="$select=subject,colour")

    assert (answer.status_code, code_of(answer)) == (400, "BadRequest")


@pytest.mark.parametrize(("switch", "present"), [("omitted", False), ("returned", True)])
def test_a_view_may_not_obey_a_selection_of_the_timestamps(rep: Rep, switch: str, present: bool) -> None:
    rep.world.switches.set("graph.times_selected_in_view", switch)
    rep.create()

    event = rep.get(VIEW, NOVEMBER + "&$select=subject,lastModifiedDateTime")["value"][0]

    assert ("lastModifiedDateTime" in event) is present


def test_events_are_filtered_by_what_can_be_compared(rep: Rep) -> None:
    rep.create(subject="Early", start="2026-11-02T09:00:00", end="2026-11-02T09:30:00", categories=["Leads"])
    rep.create(subject="Late", start="2026-11-20T09:00:00", end="2026-11-20T09:30:00", showAs="free")

    assert filtered(rep, "start/dateTime ge '2026-11-10T00:00:00Z'") == ["Late"]
    assert filtered(rep, "start/dateTime lt 2026-11-10T00:00:00Z and not (showAs eq 'free')") == ["Early"]
    assert filtered(rep, "subject eq 'early' or startswith(subject,'L')") == ["Early", "Late"]
    assert filtered(rep, "categories/any(c:c eq 'Leads')") == ["Early"]
    assert filtered(rep, "isAllDay eq true") == []


def test_events_are_found_by_an_extended_property_whose_name_keeps_its_case(rep: Rep) -> None:
    rep.create(subject="Ours", singleValueExtendedProperties=[{"id": PROPERTY, "value": "A-4711:1"}])
    rep.create(subject="Another", singleValueExtendedProperties=[{"id": PROPERTY, "value": "A-4712:1"}])
    ask = "singleValueExtendedProperties/Any(ep: ep/id eq '{}' and ep/value eq '{}')"

    assert filtered(rep, ask.format(PROPERTY, "A-4711:1")) == ["Ours"]
    assert filtered(rep, ask.format(PROPERTY, "a-4711:1")) == ["Ours"]
    assert filtered(rep, ask.format(PROPERTY.replace("1dbb5d2b", "1DBB5D2B"), "A-4711:1")) == ["Ours"]
    assert filtered(rep, ask.format(PROPERTY.lower(), "A-4711:1")) == []


@pytest.mark.parametrize("name", [NAME, f"microsoft.graph.openTypeExtension.{NAME}"])
def test_events_are_filtered_by_the_presence_of_an_extension(rep: Rep, name: str) -> None:
    rep.create(subject="Ours", extensions=[extension(rev=1)])
    rep.create(subject="Another")

    assert filtered(rep, f"Extensions/any(f:f/id eq '{name}')") == ["Ours"]


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("id eq 'AAMk'", 400, "ErrorInvalidProperty"),
        ("transactionId eq 't-1'", 400, "ErrorInvalidProperty"),
        ("extensions/any(f:f/rev eq 1)", 400, "ErrorInvalidUrlQueryFilter"),
        ("colour eq 'red'", 400, "BadRequest"),
        ("subject eq", 400, "BadRequest"),
        ("subject eq 'x' and", 400, "BadRequest"),
        ("start/dateTime ge 'soon'", 400, "BadRequest"),
        ("length(subject) eq 3", 400, "BadRequest"),
    ],
)
def test_a_filter_exchange_cannot_run_is_refused(rep: Rep, text: str, status: int, code: str) -> None:
    answer = rep.ask("GET", "/me/events", query=f"$filter={quote(text)}")

    assert (answer.status_code, code_of(answer)) == (status, code)


@pytest.mark.parametrize(
    "text",
    [
        f"extensions/any(f:f/id eq '{NAME}')",
        f"singleValueExtendedProperties/any(p:p/id eq '{PROPERTY}' and p/value eq 'x')",
    ],
)
def test_a_view_filtered_by_hidden_properties_breaks_exchange(rep: Rep, text: str) -> None:
    answer = rep.ask("GET", VIEW, query=f"{NOVEMBER}&$filter={quote(text)}")

    assert (answer.status_code, code_of(answer)) == (500, "ErrorInternalServerError")


def test_a_plus_in_a_query_is_a_space_or_is_not(rep: Rep) -> None:
    as_space = rep.ask("GET", "/me/events", query="$filter=subject+eq+'x'")
    rep.world.switches.set("graph.plus_in_query", "literal")

    as_plus = rep.ask("GET", "/me/events", query="$filter=subject+eq+'x'")

    assert (as_space.status_code, as_plus.status_code) == (200, 400)


def test_a_view_expands_one_extension_and_one_extended_property(rep: Rep) -> None:
    rep.create(
        extensions=[extension(AppointmentGuid="a-1")],
        singleValueExtendedProperties=[{"id": PROPERTY, "value": "a-1:1"}],
    )
    expand = f"extensions($filter=id eq '{NAME}'),singleValueExtendedProperties($filter=id eq '{PROPERTY}')"

    event = rep.get(VIEW, f"{NOVEMBER}&$expand={quote(expand)}")["value"][0]

    assert event["extensions"][0]["AppointmentGuid"] == "a-1"
    assert event["singleValueExtendedProperties"] == [{"id": PROPERTY, "value": "a-1:1"}]


@pytest.mark.parametrize(("switch", "shown"), [("omitted", None), ("empty", [])])
def test_an_expansion_that_finds_nothing_leaves_no_trace_or_an_empty_list(rep: Rep, switch: str, shown: Any) -> None:
    rep.world.switches.set("graph.empty_expansion", switch)
    event = rep.create(extensions=[{**extension(), "extensionName": "Another.App"}])

    read = rep.get(f"/me/events/{event['id']}", f"$expand=extensions($filter=id eq '{NAME}')")

    assert read.get("extensions") == shown


@pytest.mark.parametrize(
    ("expand", "status"),
    [("extensions", 500), ("singleValueExtendedProperties", 400), ("colours", 400), ("attachments", 501)],
)
def test_an_expansion_without_a_filter_or_of_something_else_is_refused(rep: Rep, expand: str, status: int) -> None:
    rep.create()

    assert rep.ask("GET", "/me/events", query=f"$expand={expand}").status_code == status


def test_a_selection_does_not_take_the_expansion_away(rep: Rep) -> None:
    rep.create(extensions=[extension(rev=1)], attendees=[attendee("sam@contoso.example")])

    event = rep.get("/me/events", f"$select=subject&$expand=extensions($filter=id eq '{NAME}')")["value"][0]

    assert set(event) == {"@odata.etag", "id", "subject", "extensions"}


@pytest.mark.parametrize(("switch", "count"), [("mailbox", 2), ("default-calendar", 1)])
def test_the_list_of_events_is_of_the_mailbox_or_of_the_default_calendar(rep: Rep, switch: str, count: int) -> None:
    rep.world.switches.set("graph.me_events_lists", switch)
    other = rep.post("/me/calendars", {"name": "Private"})
    rep.create()
    rep.outlook("POST", "/events", {"Upn": rep.user.upn, "Calendar": "Private", "Event": BY_HAND}, 201)

    assert len(rep.get("/me/events")["value"]) == count
    assert len(rep.get("/me/calendar/events")["value"]) == 1
    assert len(rep.get(f"/me/calendars/{other['id']}/events")["value"]) == 1


BY_HAND = {"Subject": "Dentist", "Start": "2026-11-24T09:00:00", "End": "2026-11-24T10:00:00"}
