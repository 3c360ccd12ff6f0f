"""Rounds of calendarView/delta: what is told, page by page and round by round."""

from __future__ import annotations

import pytest

from tests.sandbox.graph.delta.following import NOVEMBER, OUTSIDE, VIEW, follow
from tests.sandbox.graph.rep import NAME, PROPERTY, Rep, an_event, attendee, code_of, extension


def numbered(rep: Rep, count: int) -> list[str]:
    return [rep.create(subject=f"Call {number}")["id"] for number in range(count)]


@pytest.mark.parametrize(
    "path",
    [
        VIEW,
        "/me/calendar/calendarView/delta",
        "/me/calendarview/delta()",
        "/me/calendarView/microsoft.graph.delta()",
        "/users/dana@contoso.example/calendarView/delta",
    ],
)
def test_the_default_calendar_is_tracked_at_every_address_it_has(rep: Rep, path: str) -> None:
    created = rep.create()
    elsewhere = rep.post("/me/calendars", {"name": "Holidays"})
    rep.post(f"/me/calendars/{elsewhere['id']}/events", an_event(subject="Beach"))

    answer = rep.get(path, NOVEMBER)

    assert [item["id"] for item in answer["value"]] == [created["id"]]
    assert answer["@odata.deltaLink"].startswith(f"{rep.root}{path}?$deltatoken=")
    assert rep.get(answer["@odata.deltaLink"])["value"] == []


def test_another_calendar_is_tracked_by_its_id(rep: Rep) -> None:
    rep.create()
    holidays = rep.post("/me/calendars", {"name": "Holidays"})["id"]
    path = f"/me/calendars/{holidays}/calendarView/delta"
    rep.post(f"/me/calendars/{holidays}/events", an_event(subject="Beach"))

    answer = rep.get(path, NOVEMBER)

    assert [item["subject"] for item in answer["value"]] == ["Beach"]
    rep.create(subject="Not here")
    assert rep.get(answer["@odata.deltaLink"])["value"] == []


def test_items_are_those_of_the_calendar_view_with_their_type(rep: Rep) -> None:
    rep.create(
        transactionId="42",
        attendees=[attendee("kim@client.example")],
        extensions=[extension(appointment="1")],
        singleValueExtendedProperties=[{"id": PROPERTY, "value": "1"}],
    )

    [told] = follow(rep).items
    [viewed] = rep.get("/me/calendarView", NOVEMBER)["value"]

    assert told == {"@odata.type": "#microsoft.graph.event", **viewed}
    assert told["transactionId"] == "42"
    assert "extensions" not in told
    assert "singleValueExtendedProperties" not in told


def test_the_answer_says_that_changes_are_tracked(rep: Rep) -> None:
    prefer = 'outlook.timezone="Tokyo Standard Time", IdType="ImmutableId"'

    answer = rep.ask("GET", VIEW, query=NOVEMBER, prefer=prefer)

    assert answer.headers["preference-applied"].split(", ")[0] == "odata.track-changes"
    assert 'outlook.timezone="Tokyo Standard Time"' in answer.headers["preference-applied"]
    assert answer.json()["@odata.context"] == f"{rep.root}/$metadata#Collection(event)"


def test_preferences_count_for_one_page(rep: Rep) -> None:
    numbered(rep, 3)
    link = rep.get(VIEW, NOVEMBER, prefer='odata.maxpagesize=1, outlook.timezone="Tokyo Standard Time"')

    plain = rep.get(link["@odata.nextLink"])

    assert link["value"][0]["start"]["timeZone"] == "Tokyo Standard Time"
    assert [item["start"]["timeZone"] for item in plain["value"]] == ["UTC", "UTC"]
    assert "@odata.deltaLink" in plain


def test_a_page_is_as_long_as_asked_for_and_ten_when_nothing_is_asked(rep: Rep) -> None:
    numbered(rep, 12)

    pages = [len(page) for page in follow(rep, size=5).pages]

    assert pages == [5, 5, 2]
    assert len(rep.get(VIEW, NOVEMBER)["value"]) == 10


def test_the_window_is_that_of_the_calendar_view_to_the_second(rep: Rep) -> None:
    edges = {
        "ends as it begins": ("2026-10-31T23:00:00", "2026-11-01T00:00:00"),
        "reaches in": ("2026-10-31T23:00:00", "2026-11-01T00:00:01"),
        "begins as it ends": ("2026-12-01T00:00:00", "2026-12-01T01:00:00"),
        "begins before it ends": ("2026-11-30T23:59:59", "2026-12-01T01:00:00"),
        "spans it": ("2026-10-01T00:00:00", "2027-01-01T00:00:00"),
    }
    for subject, (start, end) in edges.items():
        rep.create(subject=subject, start=start, end=end)

    told = follow(rep)

    assert told.subjects == {one["subject"] for one in rep.get("/me/calendarView", NOVEMBER)["value"]}
    assert told.subjects == {"reaches in", "begins before it ends", "spans it"}


def test_a_window_is_needed_and_must_not_be_reversed(rep: Rep) -> None:
    none = rep.ask("GET", VIEW)
    reversed_window = rep.ask("GET", VIEW, query="startDateTime=2026-12-01T00:00:00Z&endDateTime=2026-11-01T00:00:00Z")
    empty_token = rep.ask("GET", VIEW, query="$deltatoken=")

    assert (none.status_code, code_of(none)) == (400, "ErrorInvalidParameter")
    assert (reversed_window.status_code, code_of(reversed_window)) == (400, "ErrorInvalidRequest")
    assert (empty_token.status_code, code_of(empty_token)) == (400, "ErrorInvalidParameter")


def test_the_window_is_frozen_in_the_token(rep: Rep) -> None:
    first = follow(rep)
    rep.create(subject="March", **OUTSIDE)
    rep.create(subject="November")

    moved = f"{first.delta_link}&startDateTime=2027-03-01T00:00:00Z&endDateTime=2027-04-01T00:00:00Z"
    answer = rep.get(moved)

    assert [item.get("subject") for item in answer["value"] if "@removed" not in item] == ["November"]


def test_the_next_round_tells_only_what_changed(rep: Rep) -> None:
    kept, changed, deleted = numbered(rep, 3)
    first = follow(rep)
    rep.patch(f"/me/events/{changed}", {"subject": "Call Fabrikam"})
    rep.delete(f"/me/events/{deleted}")
    new = rep.create(subject="New")["id"]

    second = follow(rep, first.delta_link)
    third = follow(rep, second.delta_link)

    assert set(first.told) == {kept, changed, deleted}
    assert set(second.told) == {changed, new}
    assert second.subjects == {"Call Fabrikam", "New"}
    assert second.removed == [deleted]
    assert third.items == []


def test_a_removed_item_holds_nothing_but_its_id_and_the_reason(rep: Rep) -> None:
    created = rep.create()["id"]
    first = follow(rep)
    rep.delete(f"/me/events/{created}")

    [item] = follow(rep, first.delta_link).items

    assert item == {"@odata.type": "#microsoft.graph.event", "id": created, "@removed": {"reason": "deleted"}}


def test_whatever_happens_outside_the_window_looks_like_a_deletion(rep: Rep) -> None:
    moved_out = rep.create()["id"]
    changed_outside = rep.create(**OUTSIDE)["id"]
    deleted_outside = rep.create(**OUTSIDE)["id"]
    first = follow(rep)
    rep.patch(
        f"/me/events/{moved_out}",
        {name: {"dateTime": moment, "timeZone": "UTC"} for name, moment in OUTSIDE.items()},
    )
    rep.patch(f"/me/events/{changed_outside}", {"subject": "Changed"})
    rep.delete(f"/me/events/{deleted_outside}")
    made_outside = rep.create(**OUTSIDE)["id"]
    made_and_deleted = rep.create()["id"]
    rep.delete(f"/me/events/{made_and_deleted}")

    second = follow(rep, first.delta_link)

    assert second.told == []
    assert set(second.removed) == {moved_out, changed_outside, deleted_outside, made_outside, made_and_deleted}
    assert rep.get(f"/me/events/{moved_out}")["subject"] == "Call Wingtip"


def test_an_event_that_comes_into_the_window_is_told(rep: Rep) -> None:
    created = rep.create(**OUTSIDE)["id"]
    first = follow(rep)
    times = {"start": "2026-11-24T09:00:00", "end": "2026-11-24T10:00:00"}
    rep.patch(f"/me/events/{created}", {name: {"dateTime": at, "timeZone": "UTC"} for name, at in times.items()})

    assert (first.told, follow(rep, first.delta_link).told) == ([], [created])


def test_a_move_to_another_calendar_is_a_removal_here_and_an_arrival_there(rep: Rep) -> None:
    created = rep.create()["id"]
    holidays = rep.post("/me/calendars", {"name": "Holidays"})["id"]
    here = follow(rep)
    there = rep.get(f"/me/calendars/{holidays}/calendarView/delta", NOVEMBER)["@odata.deltaLink"]
    moved = rep.outlook("POST", f"/events/{created}/move", {"Calendar": "Holidays"})

    gone, come = follow(rep, here.delta_link), follow(rep, there)

    assert (gone.removed, gone.told) == ([created], [])
    assert (come.removed, come.told) == ([], [moved["DefaultId"]])
    assert moved["DefaultId"] != created


def test_each_request_chooses_its_format_of_ids_whatever_the_token_came_with(rep: Rep) -> None:
    kept, deleted = numbered(rep, 2)
    immutable = {one["Id"] for one in rep.everything()}
    first = follow(rep)
    rep.patch(f"/me/events/{kept}", {"subject": "Changed"})
    rep.delete(f"/me/events/{deleted}")

    plain, other = follow(rep, first.delta_link), follow(rep, first.delta_link, prefer='IdType="ImmutableId"')

    assert {*plain.told, *plain.removed} == {kept, deleted}
    assert {*other.told, *other.removed} == immutable


def test_a_write_of_only_an_extension_is_told_with_a_new_etag(rep: Rep) -> None:
    created = rep.create(extensions=[extension(appointment="1")])
    first = follow(rep)
    rep.patch(f"/me/events/{created['id']}/extensions/{NAME}", extension(appointment="2"))

    [told] = follow(rep, first.delta_link).items

    assert told["id"] == created["id"]
    assert told["@odata.etag"] != created["@odata.etag"]
    assert told["@odata.etag"] == f'W/"{told["changeKey"]}"'


def test_an_event_changed_while_pages_are_read_is_told_as_it_is_and_once_more_in_the_next_round(rep: Rep) -> None:
    ids = numbered(rep, 3)
    page = rep.get(VIEW, NOVEMBER, prefer="odata.maxpagesize=1")
    later = next(one for one in ids if one != page["value"][0]["id"])
    rep.patch(f"/me/events/{later}", {"subject": "Changed meanwhile"})

    rest = follow(rep, page["@odata.nextLink"])

    assert "Changed meanwhile" in rest.subjects
    assert follow(rep, rest.delta_link).told == [later]


def test_the_order_is_none_to_rely_on(rep: Rep) -> None:
    ids = numbered(rep, 12)

    first, second = follow(rep).told, follow(rep).told

    assert sorted(first) == sorted(second) == sorted(ids)
    assert first != second


def test_a_link_can_be_followed_again(rep: Rep) -> None:
    first = follow(rep)
    created = rep.create()["id"]

    answers = [follow(rep, first.delta_link).told for _ in range(2)]

    assert answers == [[created], [created]]


def test_reading_is_enough_to_track_and_needs_the_scope(rep: Rep) -> None:
    rep.token = rep.fresh_token(("Calendars.Read",))
    allowed = rep.ask("GET", VIEW, query=NOVEMBER).status_code
    rep.token = rep.fresh_token(("User.Read",))

    assert (allowed, rep.ask("GET", VIEW, query=NOVEMBER).status_code) == (200, 403)


def test_events_without_a_window_are_not_tracked_by_the_simulator(rep: Rep) -> None:
    answer = rep.ask("GET", "/me/events/delta")

    assert (answer.status_code, code_of(answer)) == (501, "NotImplemented")
