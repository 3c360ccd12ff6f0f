"""Whatever is wrong with a request: never a 5xx, nothing is written, and every 400 names its field."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest
import requests
from azure.storage.queue import QueueServiceClient

from sandbox.stack import Stack
from tests.control import Control
from tests.scenarios.conftest import Hire
from tests.scenarios.hostile.input import by_hand
from tests.scenarios.hostile.input.by_machine import bad_fields, broken_json, doubled_fields, missing_fields
from tests.scenarios.hostile.input.calls import Call, Route
from tests.scenarios.people import Person, a_guid, later
from tests.scenarios.proofs import at_rest, raw_rows

FEWEST = 500
LEAD = "https://crm.salesexec.example/leads/1"


@dataclasses.dataclass(frozen=True)
class Routes:
    """The routes that take a body, each with one that would be right for one rep."""

    push: Route
    occurrence: Route
    link: Route
    change: Route
    held: Route
    cleanup: Route
    all_users: Route


def routes_for(anna: Person, guid: str) -> Routes:
    single = {
        **anna.body(ModifiedUtc=later()), "LeadGuid": a_guid(), "LeadUrl": LEAD, "BodyType": "Html", "IsAllDay": False,
        "TimeZone": "Europe/Berlin", "Location": "Room 7", "ShowAs": "Busy", "IsPrivate": False, "ReminderMinutes": 15,
        "Status": "Pending",
    }  # fmt: skip
    series = {**single, "Recurrence": ["RRULE:FREQ=DAILY;COUNT=3"]}
    user, appointment = f"users/{anna.user}", f"appointments/{guid}"
    slot = f"{appointment}/occurrences/{by_hand.SLOT}"
    preferences = anna.api.connection(anna.user)["Preferences"]
    return Routes(
        push=Route("push", "PUT", appointment, "push_appointment", series),
        occurrence=Route("occurrence", "PUT", slot, "push_occurrence", single),
        link=Route(
            "link", "POST", f"{user}/link", "create_link",
            {"Page": "connect", "ReturnUrl": LEAD, "Mailbox": anna.upn, "DisplayName": "Anna"},
        ),
        change=Route(
            "change", "PATCH", f"{user}/connection", "update_connection",
            {"Enabled": True, "Preferences": preferences},
        ),
        held=Route("held", "POST", f"{user}/held-deletes", "decide_held_deletes", {"Decision": "Apply"}),
        cleanup=Route(
            "cleanup", "POST", "cleanup", "start_cleanup",
            {"UserGuid": anna.user, "AllUsers": False, "Sides": ["Outlook"], "DryRun": False},
        ),
        all_users=Route(
            "cleanup of all", "POST", "cleanup", "start_cleanup", {"AllUsers": True, "Confirm": "REMOVE ALL"}
        ),
    )  # fmt: skip


Batch = Callable[[Routes, str, Mapping[str, str]], Iterable[Call]]
REQUIRED = ("UserGuid", "Subject", "Start", "End", "ModifiedUtc")

BATCHES: dict[str, Batch] = {
    "push, field by field": lambda routes, _guid, _keys: bad_fields(routes.push),
    "push, a field missing": lambda routes, _guid, _keys: missing_fields(routes.push, *REQUIRED),
    "push, a field twice": lambda routes, _guid, _keys: doubled_fields(routes.push, *routes.push.body),
    "push, nearly right": lambda routes, _guid, _keys: by_hand.nearly("push", routes.push),
    "push, broken": lambda routes, _guid, _keys: broken_json(routes.push),
    "push, headers": lambda routes, _guid, _keys: by_hand.bad_headers(routes.push),
    "occurrence, field by field": lambda routes, _guid, _keys: _of_occurrence(routes),
    "occurrence, a field missing": lambda routes, _guid, _keys: missing_fields(routes.occurrence, *REQUIRED),
    "occurrence, broken": lambda routes, _guid, _keys: broken_json(routes.occurrence, cuts=3),
    "link, field by field": lambda routes, _guid, _keys: bad_fields(routes.link),
    "link, nearly right": lambda routes, _guid, _keys: by_hand.nearly("link", routes.link),
    "link, broken": lambda routes, _guid, _keys: broken_json(routes.link),
    "change, field by field": lambda routes, _guid, _keys: bad_fields(routes.change),
    "change, preference by preference": lambda routes, _guid, _keys: bad_fields(routes.change, below="Preferences"),
    "change, nearly right": lambda routes, _guid, _keys: by_hand.nearly("change", routes.change),
    "change, broken": lambda routes, _guid, _keys: broken_json(routes.change),
    "held deletes": lambda routes, _guid, _keys: [*bad_fields(routes.held), *by_hand.nearly("held", routes.held)],
    "held deletes, broken": lambda routes, _guid, _keys: broken_json(routes.held),
    "cleanup, field by field": lambda routes, _guid, _keys: bad_fields(routes.cleanup),
    "cleanup of all, field by field": lambda routes, _guid, _keys: _of_all(routes),
    "cleanup, nearly right": lambda routes, _guid, _keys: by_hand.nearly("cleanup", routes.cleanup),
    "cleanup, broken": lambda routes, _guid, _keys: broken_json(routes.cleanup),
    "addresses": lambda _routes, guid, _keys: by_hand.bad_addresses(guid),
    "nothing there": lambda _routes, guid, _keys: by_hand.not_there(guid),
    "keys": lambda _routes, guid, keys: by_hand.without_key(guid, keys),
    "pages": lambda _routes, _guid, _keys: by_hand.odd_pages(),
}


def _of_occurrence(routes: Routes) -> Iterable[Call]:
    """Yield a quarter of the bad bodies, since a push's are read alike; without Recurrence no TimeZone is needed."""
    calls = (call for call in bad_fields(routes.occurrence) if not call.what.endswith(": TimeZone null"))
    return itertools.islice(calls, 0, None, 4)


def _of_all(routes: Routes) -> Iterable[Call]:
    """Yield bad clean-ups of everybody; with AllUsers true it would be a right one."""
    return (call for call in bad_fields(routes.all_users) if not call.what.endswith(": AllUsers true"))


class Witness:
    """Sees everything that a request could have left behind."""

    def __init__(self, stack: Stack, control: Control, anna: Person) -> None:
        self._stack = stack
        self._control = control
        self._anna = anna
        self._mark = control.mark()

    def sees(self) -> dict[str, Any]:
        """Return all that is stored, on every side."""
        ask = self._control.call
        return {
            "tables": raw_rows(self._stack),
            "queues": self._messages(),
            "secrets": ask("GET", "vault/secrets"),
            "events": self._anna.events(),
            "calendars": ask("GET", "graph/calendars", Upn=self._anna.upn),
            "appointments": ask("GET", "salesexec/appointments"),
            "notices": ask("GET", "salesexec/notices"),
            "mails": self._control.mails(),
        }

    def asked(self) -> list[str]:
        """Return every request that an outside system got since the witness came."""
        entries = [entry for entry in self._control.journal(since=self._mark) if entry["Method"]]
        return [f"{entry['Service']}: {entry['Method']} {entry['Path']}" for entry in entries]

    def _messages(self) -> dict[str, list[str]]:
        with QueueServiceClient.from_connection_string(self._stack.storage) as service:
            found = {}
            for queue in service.list_queues():
                with service.get_queue_client(queue.name) as client:
                    held = client.get_queue_properties().approximate_message_count
                    found[queue.name] = [str(held), *(str(one.content) for one in client.peek_messages(32))]
            return found


@pytest.fixture(name="anna", scope="module")
def _anna(own_hire: Hire) -> Person:
    """Return a connected rep with an appointment, and with nothing else going on."""
    anna = own_hire()
    anna.connect()
    anna.book(Subject="Stays as it is")
    anna.add_event(Subject="Stays too")
    anna.poll()
    return anna


def judged(call: Call, answer: requests.Response) -> str | None:
    """Return what is wrong with the answer to a bad request, or None."""
    said = f"{call.what}: {answer.status_code} {answer.text[:300]}"
    if answer.status_code != call.status:
        return f"not {call.status}: {said}"
    if answer.status_code != 400:
        return None
    if not answer.headers["Content-Type"].startswith("application/problem+json"):
        return f"no problem: {answer.headers['Content-Type']} {said}"
    problem = answer.json()
    pointers = {error["pointer"] for error in problem.get("errors", ())}
    if not pointers or (call.points_at is not None and pointers != call.points_at):
        return f"points at {sorted(pointers)}, not {sorted(call.points_at or ())}: {said}"
    whole = problem["status"] == 400 and problem["correlationId"] == answer.headers["x-correlation-id"]
    fine = whole and all(len(error["detail"]) > 8 for error in problem["errors"])
    return None if fine else f"not said as a problem is: {said}"


def send(session: requests.Session, stack: Stack, call: Call) -> requests.Response:
    key = {"x-functions-key": stack.keys[call.function]} if call.function else {}
    return session.request(
        call.method,
        f"{stack.host_url}/api/{call.path}",
        headers={**key, **call.headers},
        data=call.content,
        timeout=30,
        allow_redirects=False,
    )


@pytest.mark.parametrize("name", BATCHES)
def test_a_request_that_cannot_be_right_is_refused_where_it_is_wrong_and_leaves_nothing(
    own_stack: Stack, own_control: Control, anna: Person, tally: Counter[str], name: str
) -> None:
    guid = a_guid()
    calls = list(BATCHES[name](routes_for(anna, guid), guid, own_stack.keys))
    at_rest(own_stack)
    witness = Witness(own_stack, own_control, anna)
    before = witness.sees()

    with requests.Session() as session:
        session.trust_env = False
        wrong = [found for call in calls if (found := judged(call, send(session, own_stack, call)))]
    at_rest(own_stack)

    tally["Bad requests that were refused"] += len(calls) - len(wrong)
    assert not wrong, "\n".join(wrong)
    assert witness.asked() == []
    assert witness.sees() == before


def test_there_are_hundreds_of_them_and_no_two_are_the_same(own_stack: Stack, anna: Person) -> None:
    guid = a_guid()
    routes = routes_for(anna, guid)

    calls = [call for batch in BATCHES.values() for call in batch(routes, guid, own_stack.keys)]

    distinct = {(call.method, call.path, call.content, str(sorted(call.headers.items(), key=str))) for call in calls}
    assert len(distinct) >= FEWEST
    assert len(distinct) >= len(calls) * 9 // 10
