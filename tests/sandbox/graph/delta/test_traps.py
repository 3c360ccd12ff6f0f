"""The traps of calendarView/delta, each behind its switch or order."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import requests

from sandbox.world import World
from tests.sandbox.graph.delta.following import NOVEMBER, OUTSIDE, VIEW, follow, order
from tests.sandbox.graph.rep import Ports, Rep, attendee, code_of


def test_a_hidden_change_never_shows_but_the_calendar_view_has_it(rep: Rep) -> None:
    first = follow(rep)
    order(rep, HideNext=2)
    hidden = rep.create(subject="Hidden")["id"]
    rep.patch(f"/me/events/{hidden}", {"subject": "Hidden still"})

    rounds = [follow(rep, first.delta_link)]
    rounds.append(follow(rep, rounds[0].delta_link))
    rep.patch(f"/me/events/{hidden}", {"subject": "Seen at last"})
    rounds.append(follow(rep, rounds[1].delta_link))

    assert [one.subjects for one in rounds] == [set(), set(), {"Seen at last"}]
    assert [one["subject"] for one in rep.get("/me/calendarView", NOVEMBER)["value"]] == ["Seen at last"]


def test_a_hidden_deletion_is_never_told(rep: Rep) -> None:
    created = rep.create()["id"]
    first = follow(rep)
    order(rep, HideNext=1)
    rep.delete(f"/me/events/{created}")

    assert follow(rep, first.delta_link).items == []
    assert order(rep)["HideNext"] == 0


@pytest.mark.parametrize("rounds", [1, 3])
def test_a_late_change_shows_in_a_later_round(rep: Rep, rounds: int) -> None:
    link = follow(rep).delta_link
    order(rep, DelayNext=1, DelayRounds=rounds)
    rep.create(subject="Late")
    rep.create(subject="In time")

    told: list[set[str]] = []
    for _ in range(rounds + 2):
        answer = follow(rep, link)
        told.append(answer.subjects)
        link = answer.delta_link

    assert told == [{"In time"}, *[set()] * (rounds - 1), {"Late"}, set()]


def test_a_first_round_too_may_not_know_of_a_late_event_yet(rep: Rep) -> None:
    order(rep, DelayNext=1)
    rep.create(subject="Late")

    first = follow(rep)

    assert first.items == []
    assert follow(rep, first.delta_link).subjects == {"Late"}


def test_a_late_deletion_is_told_later(rep: Rep) -> None:
    created = rep.create()["id"]
    first = follow(rep)
    order(rep, DelayNext=1)
    rep.delete(f"/me/events/{created}")

    second = follow(rep, first.delta_link)

    assert second.items == []
    assert follow(rep, second.delta_link).removed == [created]


def test_pages_can_begin_empty_and_still_go_on(rep: Rep) -> None:
    rep.world.switches.set("graph.delta_pages", "empty")
    created = rep.create()["id"]

    first = follow(rep)
    second = follow(rep, first.delta_link)

    assert [[item["id"] for item in page] for page in first.pages] == [[], [created]]
    assert second.pages == [[], []]


def test_pages_can_be_shorter_than_asked(rep: Rep) -> None:
    rep.world.switches.set("graph.delta_pages", "short")
    for _ in range(5):
        rep.create()

    assert [len(page) for page in follow(rep, size=4).pages] == [2, 2, 1]


def test_an_event_can_come_several_times_on_several_pages(rep: Rep) -> None:
    rep.world.switches.set("graph.delta_repeats", "in-round")
    ids = [rep.create()["id"] for _ in range(4)]

    first = follow(rep, size=3)

    assert Counter(first.told) == dict.fromkeys(ids, 2)
    assert any(
        len({number for number, page in enumerate(first.pages) for item in page if item["id"] == one}) > 1
        for one in ids
    )
    assert follow(rep, first.delta_link).items == []


def test_what_was_told_can_be_told_again_a_round_later(rep: Rep) -> None:
    rep.world.switches.set("graph.delta_repeats", "in-later-round")
    created = rep.create()

    first = follow(rep)
    second = follow(rep, first.delta_link)
    third = follow(rep, second.delta_link)

    assert [item["@odata.etag"] for item in second.items] == [created["@odata.etag"]]
    assert third.items == []


def test_both_kinds_of_repetition_can_come_together(rep: Rep) -> None:
    rep.world.switches.set("graph.delta_repeats", "everywhere")
    created = rep.create()["id"]
    first = follow(rep)

    assert (first.told, follow(rep, first.delta_link).told) == ([created] * 2, [created] * 2)


def test_deleted_events_can_be_missing_while_those_outside_are_still_removed(rep: Rep) -> None:
    rep.world.switches.set("graph.delta_deletions", "missing")
    created = rep.create()["id"]
    first = follow(rep)
    rep.delete(f"/me/events/{created}")
    outside = rep.create(**OUTSIDE)["id"]

    second = follow(rep, first.delta_link)

    assert (second.told, second.removed) == ([], [outside])


def test_a_first_round_can_hold_removals_of_ids_nobody_ever_saw(rep: Rep) -> None:
    rep.world.switches.set("graph.delta_removed_at_first", "yes")
    inside = rep.create()["id"]
    outside = rep.create(**OUTSIDE)["id"]
    deleted = rep.create()["id"]
    rep.delete(f"/me/events/{deleted}")

    first = follow(rep)

    assert (first.told, set(first.removed)) == ([inside], {outside, deleted})


def test_a_changed_event_can_come_with_only_what_changed(rep: Rep) -> None:
    rep.world.switches.set("graph.delta_items", "changed")
    created = rep.create(attendees=[attendee("kim@client.example")])["id"]
    first = follow(rep)
    rep.patch(f"/me/events/{created}", {"subject": "Call Fabrikam"})
    rep.patch(f"/me/events/{created}", {"showAs": "free"})

    [item] = follow(rep, first.delta_link).items

    envelope = {"@odata.type", "@odata.etag", "id"}
    assert set(item) == {*envelope, "changeKey", "lastModifiedDateTime", "subject", "showAs"}
    assert len(first.items[0]) > 30


def test_a_changed_event_can_come_with_nothing_but_its_id(rep: Rep) -> None:
    rep.world.switches.set("graph.delta_items", "minimal")
    created = rep.create()["id"]
    first = follow(rep)
    rep.patch(f"/me/events/{created}", {"subject": "Call Fabrikam"})
    new = rep.create(subject="New")

    items = {item["id"]: item for item in follow(rep, first.delta_link).items}

    assert set(items[created]) == {"@odata.type", "@odata.etag", "id"}
    assert items[new["id"]]["subject"] == "New"


def test_forgotten_tokens_are_gone_for_one_mailbox_only(
    rep: Rep, world: World, ports: Ports, session: requests.Session
) -> None:
    colleague = Rep(world, ports, session, world.directory.add_user(upn="lee@contoso.example", display_name="Lee"))
    mine, theirs = follow(rep), follow(colleague)

    forgotten = rep.outlook("POST", "/delta/forget", {"Upn": rep.user.upn})
    answer = rep.ask("GET", mine.delta_link)

    assert forgotten == {"Forgotten": 1}
    assert (answer.status_code, code_of(answer)) == (410, "SyncStateNotFound")
    assert answer.json()["error"]["message"].startswith("The sync state generation is not found; generation=")
    assert "Location" not in answer.headers
    assert follow(colleague, theirs.delta_link).items == []


def test_all_mailboxes_can_forget_at_once_and_start_over(rep: Rep) -> None:
    created = rep.create()["id"]
    first = follow(rep)
    rep.outlook("POST", "/delta/forget", {})

    lost = rep.ask("GET", first.delta_link).status_code

    assert (lost, follow(rep).told) == (410, [created])


def test_a_nextlink_is_forgotten_as_well(rep: Rep) -> None:
    for _ in range(2):
        rep.create()
    page = rep.get(VIEW, NOVEMBER, prefer="odata.maxpagesize=1")
    rep.outlook("POST", "/delta/forget", {"Upn": rep.user.upn})

    answer = rep.ask("GET", page["@odata.nextLink"])

    assert (answer.status_code, code_of(answer)) == (410, "SyncStateNotFound")


def test_the_next_tokens_shown_can_be_lost(rep: Rep) -> None:
    rep.world.switches.set("graph.delta_pages", "empty")
    order(rep, LoseNext=1)
    page = rep.get(VIEW, NOVEMBER)

    statuses = [rep.ask("GET", page["@odata.nextLink"]).status_code for _ in range(2)]

    assert statuses == [410, 200]


@pytest.mark.parametrize("status", ["410", "400", "404"])
@pytest.mark.parametrize(
    "code",
    [
        "SyncStateNotFound",
        "syncStateNotFound",
        "SYNCSTATENOTFOUND",
        "resyncRequired",
        "fullSyncRequired",
        "syncStateInvalid",
    ],
)
def test_a_lost_token_has_many_names(rep: Rep, status: str, code: str) -> None:
    rep.world.switches.set("graph.delta_lost_status", status)
    rep.world.switches.set("graph.delta_lost_code", code)

    answer = rep.ask("GET", VIEW, query="$deltatoken=never-given-out")

    assert (answer.status_code, code_of(answer)) == (int(status), code)


@pytest.mark.parametrize(("status", "outer"), [("410", "Gone"), ("404", "ResourceNotFound"), ("400", "BadRequest")])
def test_the_code_of_a_lost_token_can_stand_inside(rep: Rep, status: str, outer: str) -> None:
    rep.world.switches.set("graph.delta_lost_status", status)
    rep.world.switches.set("graph.delta_lost_code_stands", "inside")

    error: dict[str, Any] = rep.ask("GET", VIEW, query="$deltatoken=never-given-out").json()["error"]

    assert (error["code"], error["innerError"]["code"]) == (outer, "SyncStateNotFound")
    assert {"date", "request-id"} < set(error["innerError"])


def test_a_lost_token_can_come_with_where_to_start_over(rep: Rep) -> None:
    rep.world.switches.set("graph.delta_lost_location", "yes")

    answer = rep.ask("GET", VIEW, query="$deltatoken=never-given-out")

    assert answer.headers["Location"] == f"{rep.root}{VIEW}?$deltatoken="


def test_a_token_counts_for_its_own_kind_calendar_and_mailbox_only(
    rep: Rep, world: World, ports: Ports, session: requests.Session
) -> None:
    colleague = Rep(world, ports, session, world.directory.add_user(upn="lee@contoso.example", display_name="Lee"))
    holidays = rep.post("/me/calendars", {"name": "Holidays"})["id"]
    token = follow(rep).delta_link.partition("$deltatoken=")[2]

    statuses = [
        rep.ask("GET", VIEW, query=f"$skiptoken={token}").status_code,
        rep.ask("GET", f"/me/calendars/{holidays}/calendarView/delta", query=f"$deltatoken={token}").status_code,
        colleague.ask("GET", VIEW, query=f"$deltatoken={token}").status_code,
        rep.ask("GET", "/me/calendar/calendarView/delta", query=f"$deltatoken={token}").status_code,
    ]

    assert statuses == [410, 410, 410, 200]


def test_only_so_many_tokens_are_kept_and_the_oldest_go_first(rep: Rep) -> None:
    order(rep, TokensKept=2)
    links = [follow(rep).delta_link for _ in range(3)]

    statuses = [rep.ask("GET", link).status_code for link in reversed(links[1:])]
    oldest = rep.ask("GET", links[0])

    assert statuses[0] == 200
    assert (oldest.status_code, code_of(oldest)) == (410, "SyncStateNotFound")
    assert order(rep)["Tokens"] == 2


def test_a_token_from_before_the_oldest_change_kept_is_lost(rep: Rep) -> None:
    order(rep, ChangesKept=3)
    first = follow(rep)
    for _ in range(3):
        rep.create()
    within = rep.ask("GET", first.delta_link).status_code
    rep.create()

    assert (within, rep.ask("GET", first.delta_link).status_code) == (200, 410)


@pytest.mark.parametrize("option", ["$filter=subject eq 'x'", "$orderby=start/dateTime", "$search=x", "$top=5"])
def test_options_that_are_not_for_tracking_are_refused_or_ignored(rep: Rep, option: str) -> None:
    rep.create()
    refused = rep.ask("GET", VIEW, query=f"{NOVEMBER}&{option}")
    rep.world.switches.set("graph.delta_options", "ignored")
    ignored = rep.get(VIEW, f"{NOVEMBER}&{option}")

    assert (refused.status_code, code_of(refused)) == (400, "ErrorInvalidUrlQuery")
    assert option.partition("=")[0] in refused.json()["error"]["message"]
    assert len(ignored["value"]) == 1


def test_select_is_refused_or_obeyed_for_good_or_ignored(rep: Rep) -> None:
    for _ in range(2):
        rep.create()
    query = f"{NOVEMBER}&$select=subject"
    refused = rep.ask("GET", VIEW, query=query)
    rep.world.switches.set("graph.delta_select", "obeyed")
    obeyed = rep.get(VIEW, query, prefer="odata.maxpagesize=1")
    second = rep.get(obeyed["@odata.nextLink"])
    rep.world.switches.set("graph.delta_select", "ignored")
    ignored = rep.get(VIEW, query)

    assert (refused.status_code, code_of(refused)) == (400, "ErrorInvalidUrlQuery")
    names = {"@odata.type", "@odata.etag", "id", "subject"}
    assert [set(item) for item in (*obeyed["value"], *second["value"])] == [names, names]
    assert "body" in ignored["value"][0]


def test_expanding_breaks_it(rep: Rep) -> None:
    answer = rep.ask("GET", VIEW, query=f"{NOVEMBER}&$expand=extensions($filter=id eq 'x')")

    assert (answer.status_code, code_of(answer)) == (500, "InternalServerError")
    assert answer.json()["error"]["message"] == "Value cannot be null.\r\nParameter name: type"


def test_a_window_can_be_too_wide_to_be_served(rep: Rep) -> None:
    wide = "startDateTime=2026-01-01T00:00:00Z&endDateTime=2027-12-31T00:00:00Z"
    served = rep.ask("GET", VIEW, query=wide).status_code
    rep.world.switches.set("graph.delta_wide_window", "504")
    answer = rep.ask("GET", VIEW, query=wide)
    order(rep, WidestDays=20)

    assert served == 200
    assert (answer.status_code, answer.json()["error"]["code"], answer.json()["error"]["message"]) == (
        504,
        "UnknownError",
        "",
    )
    assert rep.ask("GET", VIEW, query=NOVEMBER).status_code == 504


@pytest.mark.parametrize("wrong", [{"HideNext": -1}, {"TokensKept": 0}, {"DelayRounds": "two"}, {"Hide": 1}])
def test_an_order_nobody_can_follow_is_refused(rep: Rep, wrong: dict[str, Any]) -> None:
    problem = rep.outlook("POST", "/delta", {"Upn": rep.user.upn, **wrong}, status=400)

    assert next(iter(wrong)) in problem["detail"]
