"""Being told: of which changes, how often, how late, and what happens to a subscription meanwhile."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.graph.delta.following import order
from tests.sandbox.graph.notifications.subscriber import LIFECYCLE, Subscriber, later, subscribe, subscriber
from tests.sandbox.graph.rep import NAME, Rep, extension
from tests.waiting import until


@pytest.fixture(name="there")
def somebody_who_listens() -> Iterator[Subscriber]:
    with subscriber() as there:
        yield there


def counts(rep: Rep) -> dict[str, int]:
    """Return what became of notifications, once none is on its way that is not kept back."""
    return rep.outlook("GET", "/notifications")


def happens(rep: Rep, subscription: dict[str, Any], event: str) -> bool:
    told: bool = rep.outlook("POST", f"/subscriptions/{subscription['id']}/lifecycle", {"Event": event})["Told"]
    return told


def test_every_write_is_told_with_ids_and_the_secret(rep: Rep, there: Subscriber) -> None:
    made = subscribe(rep, there)
    event = rep.create(extensions=[extension(appointment="1")])["id"]
    there.wait_for(1)
    rep.patch(f"/me/events/{event}", {"subject": "Changed"})
    there.wait_for(2)
    rep.patch(f"/me/events/{event}/extensions/{NAME}", extension(appointment="2"))
    there.wait_for(3)
    rep.delete(f"/me/events/{event}")
    notices = there.wait_for(4)

    assert there.kinds() == ["created", "updated", "updated", "deleted"]
    assert {(one["subscriptionId"], one["clientState"], one["tenantId"]) for one in notices} == {
        (made["id"], "secret", rep.user.tenant_id)
    }
    assert {one["resourceData"]["id"] for one in notices} == {event}
    assert notices[0]["resource"] == f"users/{rep.user.oid}@{rep.user.tenant_id}/events/{event}"
    assert len({one["id"] for one in notices}) == 4


def test_what_a_person_does_in_outlook_is_told_in_every_calendar(rep: Rep, there: Subscriber) -> None:
    subscribe(rep, there)
    holidays = rep.post("/me/calendars", {"name": "Holidays"})["id"]
    times = {"Start": "2026-11-24T09:00:00", "End": "2026-11-24T10:00:00"}
    rep.outlook("POST", "/events", {"Upn": rep.user.upn, "Calendar": holidays, "Event": times}, status=201)

    assert [one["changeType"] for one in there.wait_for(1)] == ["created"]


def test_only_the_kinds_asked_for_are_told(rep: Rep, there: Subscriber) -> None:
    subscribe(rep, there, changeType="deleted")
    event = rep.create()["id"]
    rep.delete(f"/me/events/{event}")

    there.wait_for(1)

    assert there.kinds() == ["deleted"]


@pytest.mark.parametrize("prefer", ["", 'IdType="ImmutableId"'])
def test_the_creation_decides_the_format_of_ids_for_ever(rep: Rep, there: Subscriber, prefer: str) -> None:
    subscribe(rep, there, prefer=prefer)
    rep.create()

    [notice] = there.wait_for(1)

    [event] = rep.everything()
    assert notice["resourceData"]["id"] == (event["Id"] if prefer else event["DefaultId"])


def test_a_change_that_delta_hides_is_told_all_the_same(rep: Rep, there: Subscriber) -> None:
    subscribe(rep, there)
    order(rep, HideNext=1)
    rep.create()

    assert len(there.wait_for(1)) == 1


def test_notifications_can_be_lost(rep: Rep, there: Subscriber) -> None:
    subscribe(rep, there)
    rep.world.switches.set("graph.notifications", "lost")
    rep.create()
    rep.world.switches.set("graph.notifications", "delivered")
    rep.create()

    there.wait_for(1)

    assert len(there.notices()) == 1
    assert counts(rep)["Lost"] == 1


def test_notifications_can_come_twice(rep: Rep, there: Subscriber) -> None:
    subscribe(rep, there)
    rep.world.switches.set("graph.notifications", "doubled")
    rep.create()

    first, second = there.wait_for(2)

    assert first == second


def test_notifications_can_come_late_and_all_in_one(rep: Rep, there: Subscriber) -> None:
    subscribe(rep, there)
    rep.world.switches.set("graph.notifications", "held")
    for _ in range(3):
        rep.create()
    before, unheard = counts(rep), there.notices()

    released = rep.outlook("POST", "/notifications/release")

    assert (before["Waiting"], before["Held"], unheard) == (3, 3, [])
    assert released == {"Released": 3}
    assert len(there.wait_for(3)) == 3
    assert [len(body["value"]) for _, body in there.posts] == [3]


def test_an_address_that_fails_is_asked_again_later_and_later(rep: Rep, there: Subscriber) -> None:
    there.statuses = [503, 500]
    subscribe(rep, there)
    rep.create()
    until(lambda: counts(rep)["Failed"] == 1, what="the first failure")

    rep.world.clock.advance(timedelta(seconds=11))
    until(lambda: counts(rep)["Failed"] == 2, what="the second failure")
    too_early = len(there.posts)
    rep.world.clock.advance(timedelta(seconds=21))
    until(lambda: counts(rep)["Delivered"] == 1, what="the delivery")

    assert (too_early, len(there.posts)) == (2, 3)
    assert counts(rep)["Waiting"] == 0


def test_after_four_hours_nobody_tries_any_more(rep: Rep, there: Subscriber) -> None:
    there.statuses = [503] * 50
    subscribe(rep, there)
    rep.create()
    until(lambda: counts(rep)["Failed"] == 1, what="the first failure")

    rep.world.clock.advance(timedelta(hours=5))

    until(lambda: counts(rep)["GivenUp"] == 1, what="giving up")
    assert counts(rep)["Waiting"] == 0


def test_several_subscribers_are_told_each(rep: Rep, there: Subscriber) -> None:
    with subscriber() as other:
        subscribe(rep, there)
        subscribe(rep, other, changeType="created")
        rep.create()

        assert (len(there.wait_for(1)), len(other.wait_for(1))) == (1, 1)


def test_an_expired_subscription_is_told_nothing(rep: Rep, there: Subscriber) -> None:
    subscribe(rep, there, expirationDateTime=later(rep, minutes=50))
    rep.world.clock.advance(timedelta(minutes=55))
    rep.create()

    assert counts(rep)["Waiting"] == 0
    assert there.notices() == []


@pytest.mark.parametrize("how", ["renew", "reauthorize"])
def test_after_a_wish_for_a_fresh_token_nothing_is_told_until_it_is_shown(
    rep: Rep, there: Subscriber, how: str
) -> None:
    made = subscribe(rep, there)
    told = happens(rep, made, "reauthorizationRequired")
    rep.create(subject="Never told")
    path = f"/subscriptions/{made['id']}"
    if how == "renew":
        rep.patch(path, {"expirationDateTime": later(rep, days=1)})
    else:
        assert rep.ask("POST", f"{path}/reauthorize").status_code == 204
    event = rep.create(subject="Told")["id"]

    [lifecycle] = there.wait_for(1, lifecycle=True)

    assert told
    assert (lifecycle["lifecycleEvent"], lifecycle["clientState"]) == ("reauthorizationRequired", "secret")
    assert [one["resourceData"]["id"] for one in there.wait_for(1)] == [event]


def test_a_removed_subscription_is_gone_and_says_so(rep: Rep, there: Subscriber) -> None:
    made = subscribe(rep, there)

    happens(rep, made, "subscriptionRemoved")

    assert there.wait_for(1, lifecycle=True)[0]["lifecycleEvent"] == "subscriptionRemoved"
    assert rep.ask("GET", f"/subscriptions/{made['id']}").status_code == 404


def test_missed_notifications_are_said_to_be_missed(rep: Rep, there: Subscriber) -> None:
    made = subscribe(rep, there)

    happens(rep, made, "missed")
    rep.create()

    assert there.wait_for(1, lifecycle=True)[0]["subscriptionId"] == made["id"]
    assert len(there.wait_for(1)) == 1
    assert Counter(path for path, _ in there.posts) == {LIFECYCLE: 1, "/notify": 1}


def test_without_an_address_for_it_nobody_is_told_of_a_subscriptions_life(rep: Rep, there: Subscriber) -> None:
    made = subscribe(rep, there, lifecycleNotificationUrl=None)

    assert made["lifecycleNotificationUrl"] is None
    assert not happens(rep, made, "missed")
    assert there.posts == []


def test_deliveries_are_in_the_journal(rep: Rep, there: Subscriber) -> None:
    subscribe(rep, there)
    rep.create()
    there.wait_for(1)

    notes = until(
        lambda: [one for one in rep.world.journal.entries if one.summary == "told a subscriber of 1: 202"],
        what="the note",
    )

    assert notes[0].facts["url"] == f"{there.url}/notify"
