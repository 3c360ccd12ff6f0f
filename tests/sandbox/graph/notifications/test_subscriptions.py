"""Subscribing: the handshake, how long it lasts, and what Graph refuses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests

from sandbox.world import World
from tests.sandbox.graph.notifications.subscriber import Subscriber, later, subscribe, subscriber, wanted
from tests.sandbox.graph.rep import Ports, Rep, code_of


@pytest.fixture(name="there")
def somebody_who_listens() -> Iterator[Subscriber]:
    with subscriber() as there:
        yield there


def lasts(rep: Rep, subscription: dict[str, Any]) -> timedelta:
    """Return how long from now a subscription lasts, to the minute."""
    until = datetime.fromisoformat(subscription["expirationDateTime"])
    return timedelta(minutes=round((until - rep.world.clock.now()).total_seconds() / 60))


def test_both_addresses_are_asked_to_repeat_a_token(rep: Rep, there: Subscriber) -> None:
    made = subscribe(rep, there)

    assert [path.partition("?validationToken=")[0] for path in there.asked] == ["/notify", "/lifecycle"]
    assert "Validation%3A+Testing" in there.asked[0]
    assert (made["resource"], made["changeType"], made["clientState"]) == (
        "me/events",
        "created,updated,deleted",
        "secret",
    )
    assert rep.get(f"/subscriptions/{made['id']}")["id"] == made["id"]


def test_the_query_of_an_address_is_kept(rep: Rep, there: Subscriber) -> None:
    subscribe(rep, there, notificationUrl=f"{there.url}/notify?code=key")

    assert there.asked[0].startswith("/notify?code=key&validationToken=")


@pytest.mark.parametrize("path", ["/notify", "/lifecycle"])
@pytest.mark.parametrize(
    "answer", [(404, "text/plain", ""), (200, "text/plain", "Validation"), (202, "text/plain", ""), None]
)
def test_an_address_that_does_not_repeat_it_is_refused(
    rep: Rep, there: Subscriber, path: str, answer: tuple[int, str, str] | None
) -> None:
    there.says[path] = answer or (200, "application/json", "{}")

    refused = rep.ask("POST", "/subscriptions", wanted(rep, there))

    assert (refused.status_code, code_of(refused)) == (400, "ValidationError")
    assert rep.get("/subscriptions")["value"] == []


@pytest.mark.parametrize(
    ("properties", "status", "code"),
    [
        ({"changeType": "made"}, 400, "InvalidRequest"),
        ({"changeType": None}, 400, "InvalidRequest"),
        ({"notificationUrl": None}, 400, "InvalidRequest"),
        ({"notificationUrl": "somewhere"}, 400, "InvalidRequest"),
        ({"notificationUrl": "http://127.0.0.1:9/notify"}, 400, "ValidationError"),
        ({"notificationUrl": "https://elsewhere.example/notify"}, 400, "ValidationError"),
        ({"expirationDateTime": None}, 400, "InvalidRequest"),
        ({"expirationDateTime": "soon"}, 400, "InvalidRequest"),
        ({"expirationDateTime": "2020-01-01T00:00:00Z"}, 400, "InvalidRequest"),
        ({"clientState": "x" * 129}, 400, "InvalidRequest"),
        ({"latestSupportedTlsVersion": "v9"}, 400, "InvalidRequest"),
        ({"notificationURL": "x"}, 400, "InvalidRequest"),
        ({"resource": "me/mailFolders('Inbox')/messages"}, 501, "NotImplemented"),
        ({"resource": "users/lee@contoso.example/events"}, 403, "ErrorAccessDenied"),
        ({"includeResourceData": True}, 501, "NotImplemented"),
    ],
)
def test_what_cannot_be_subscribed_to_is_refused(
    rep: Rep, there: Subscriber, properties: dict[str, Any], status: int, code: str
) -> None:
    refused = rep.ask("POST", "/subscriptions", wanted(rep, there, **properties))

    assert (refused.status_code, code_of(refused)) == (status, code)
    assert rep.outlook("GET", "/subscriptions")["Subscriptions"] == []


def test_the_same_twice_is_refused_and_names_the_first(rep: Rep, there: Subscriber) -> None:
    first = subscribe(rep, there)

    second = rep.ask("POST", "/subscriptions", wanted(rep, there, resource="/me/events"))
    other = rep.ask("POST", "/subscriptions", wanted(rep, there, changeType="deleted"))

    assert (second.status_code, other.status_code) == (409, 201)
    words = f"Subscription Id {first['id']} already exists for the requested combination"
    assert second.json()["error"]["message"] == words


@pytest.mark.parametrize(("asked", "given"), [(10, 45), (45, 45), (10_000, 10_000)])
def test_a_subscription_lives_at_least_45_minutes(rep: Rep, there: Subscriber, asked: int, given: int) -> None:
    made = subscribe(rep, there, expirationDateTime=later(rep, minutes=asked))

    assert lasts(rep, made) == timedelta(minutes=given)


@pytest.mark.parametrize("longest", ["10070", "10080"])
def test_a_life_that_is_too_long_is_refused_or_shortened(rep: Rep, there: Subscriber, longest: str) -> None:
    rep.world.switches.set("graph.subscription_longest", longest)
    too_long = wanted(rep, there, expirationDateTime=later(rep, minutes=int(longest) + 5))
    refused = rep.ask("POST", "/subscriptions", too_long)
    rep.world.switches.set("graph.subscription_too_long", "shortened")
    made = rep.post("/subscriptions", too_long)

    assert (refused.status_code, code_of(refused)) == (400, "ExtensionError")
    assert refused.json()["error"]["message"] == f"Subscription expiration can only be {longest} minutes in the future."
    assert lasts(rep, made) == timedelta(minutes=int(longest))


def test_a_subscription_is_renewed_without_asking_its_addresses_again(rep: Rep, there: Subscriber) -> None:
    made = subscribe(rep, there)

    renewed = rep.patch(f"/subscriptions/{made['id']}", {"expirationDateTime": later(rep, days=6)})
    other = rep.ask("PATCH", f"/subscriptions/{made['id']}", {"lifecycleNotificationUrl": there.url})

    assert lasts(rep, renewed) == timedelta(days=6)
    assert len(there.asked) == 2
    assert (other.status_code, code_of(other)) == (400, "InvalidRequest")


def test_a_subscription_ends_by_time_or_by_request(rep: Rep, there: Subscriber) -> None:
    made = subscribe(rep, there)
    deleted = rep.delete(f"/subscriptions/{made['id']}")
    again = subscribe(rep, there)
    rep.world.clock.advance(timedelta(days=3))
    rep.token = rep.fresh_token()

    renewal = rep.ask("PATCH", f"/subscriptions/{again['id']}", {"expirationDateTime": later(rep, days=1)})

    assert deleted == 204
    assert (renewal.status_code, rep.delete(f"/subscriptions/{made['id']}")) == (404, 404)
    assert rep.get("/subscriptions")["value"] == []


def test_subscriptions_belong_to_one_app_and_one_person(
    rep: Rep, there: Subscriber, world: World, ports: Ports, session: requests.Session
) -> None:
    made = subscribe(rep, there)
    colleague = Rep(world, ports, session, world.directory.add_user(upn="lee@contoso.example", display_name="Lee"))
    subscribe(colleague, there)
    other_app = Rep(world, ports, session, rep.user)
    other_app.token = other_app.fresh_token(client_id="app-2")

    assert [one["id"] for one in rep.get("/subscriptions")["value"]] == [made["id"]]
    assert other_app.get("/subscriptions")["value"] == []
    assert colleague.ask("GET", f"/subscriptions/{made['id']}").status_code == 404


def test_subscribing_needs_the_scope_and_a_mailbox(
    there: Subscriber, rep: Rep, world: World, ports: Ports, session: requests.Session
) -> None:
    nobody = world.directory.add_user(upn="new@contoso.example", display_name="New", licensed=False)
    without = Rep(world, ports, session, nobody)
    no_mailbox = without.ask("POST", "/subscriptions", wanted(rep, there))
    rep.token = rep.fresh_token(("User.Read",))

    assert (no_mailbox.status_code, code_of(no_mailbox)) == (404, "MailboxNotEnabledForRESTAPI")
    assert rep.ask("POST", "/subscriptions", wanted(rep, there)).status_code == 403


def test_a_subscription_can_be_part_of_a_batch(rep: Rep, there: Subscriber) -> None:
    one = {"id": "1", "method": "POST", "url": "/subscriptions", "body": wanted(rep, there)}

    answer = rep.post("/$batch", {"requests": [one | {"headers": {"Content-Type": "application/json"}}]}, status=200)

    assert answer["responses"][0]["status"] == 201
    assert len(there.asked) == 2
