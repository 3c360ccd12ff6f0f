"""The checker sees what is planted: without that, green histories would prove nothing.

The worlds' own app rests meanwhile. What is planted is done through Graph and SalesExec's API, as an app that is wrong
would do it; each plant has an appointment of its own, so that one does not hide another.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.engine.histories import History
from tests.engine.story import Step
from tests.engine.world import Terms
from tests.world.hands import Hands, Json
from tests.world.rounds import Round
from tests.world.stage import Stage

BOOKED, IMPORTED = 6, 3
A_SEED = 1_000_000


class Calm:
    """A round at rest, with appointments that SalesExec booked and events that a rep made, each used up once."""

    def __init__(self, stage: Stage) -> None:
        steps = [Step("crm_new", seed) for seed in range(BOOKED)] + [Step("finish", 0)]
        steps += [Step("outlook_new", seed) for seed in range(IMPORTED)]
        self.stage = stage
        self.round = Round(stage, [History(A_SEED, Terms(), tuple(steps))])
        self.round.play()
        stage.control.switch(graph__if_match="412")
        self._used: set[str] = set()

    def wrongs(self) -> list[str]:
        """Return what the checker finds now."""
        return [wrong for verdict in self.round.verdicts() for wrong in verdict.wrongs]

    def one(self, origin: str) -> tuple[Hands, Json, Json]:
        """Return an appointment that nothing was planted in, with its event and whose it is."""
        for rep in self.round.reps:
            events = {event["Id"]: event for event in rep.events()}
            for held in rep.appointments():
                if held["Origin"] == origin and held["EventId"] in events.keys() - self._used:
                    self._used.add(held["EventId"])
                    return rep, held, events[held["EventId"]]
        raise AssertionError("everything was used")

    def graph(self, rep: Hands, method: str, path: str, content: object = None, **headers: str) -> Json:
        """Ask Graph as an app does in her name."""
        token = self.stage.control.token(rep.rep)
        url = f"{self.stage.stack.addresses['GraphBaseUrl']}/me/{path}"
        headers |= {"Authorization": f"Bearer {token}", "Prefer": 'IdType="ImmutableId"'}
        answer = requests.request(method, url, json=content, headers=headers, timeout=30)
        assert answer.ok, answer.text
        found: Json = answer.json() if answer.content else {}
        return found

    def write(self, rep: Hands, event: Json, **content: Any) -> None:
        """Change an event as an app does, naming the version that is there."""
        path = f"events/{quote(event['Id'], safe='')}"
        key = self.graph(rep, "GET", path)["changeKey"]
        self.graph(rep, "PATCH", path, content, **{"If-Match": f'W/"{key}"'})

    def remove(self, rep: Hands, event: Json) -> None:
        """Remove an event as an app does."""
        path = f"events/{quote(event['Id'], safe='')}"
        self.graph(rep, "DELETE", path, **{"If-Match": f'W/"{event["ChangeKey"]}"'})

    def tell(self, rep: Hands, **change: Any) -> None:
        """Tell SalesExec of a change as the app does."""
        plain = {"Action": "Upsert", "SeriesEventId": None, "OriginalStartUtc": None, "ChangeId": str(uuid.uuid4())}
        addresses = self.stage.stack.addresses
        answer = requests.post(
            f"{addresses['SalesExecApiUrl']}/CalendarChanges",
            json={"UserGuid": rep.user, "Changes": [{**plain, **change}]},
            headers={"AuthToken": addresses["SalesExecAuthToken"]},
            timeout=30,
        )
        assert answer.ok, answer.text
        assert answer.json()["Results"][0]["Outcome"] == "Applied"


def a_duplicate_event(calm: Calm) -> None:
    rep, held, event = calm.one("SalesExec")
    times = {name: {"dateTime": event[name.title()], "timeZone": "UTC"} for name in ("start", "end")}
    mark = {
        "@odata.type": "microsoft.graph.openTypeExtension",
        "extensionName": "SalesExec.Appointment",
        "AppointmentGuid": held["AppointmentGuid"],
    }
    said = {"subject": event["Subject"], **times, "isAllDay": event["IsAllDay"], "transactionId": str(uuid.uuid4())}
    calm.graph(rep, "POST", "events", {**said, "extensions": [mark]})


def a_duplicate_appointment(calm: Calm) -> None:
    rep, held, event = calm.one("Outlook")
    names = ("Subject", "Body", "BodyType", "Start", "End", "TimeZone", "IsAllDay", "Location", "ShowAs", "IsPrivate")
    copied = {name: held[name] for name in names} | {"TimeZone": "UTC", "Recurrence": [], "IsBusyOnly": False}
    more = {"Organizer": None, "Attendees": [], "WebLink": None, "ModifiedUtc": held["ModifiedUtc"]}
    calm.tell(rep, Sequence=1, AppointmentGuid=None, EventId=event["Id"], ChangedFields=[], Event={**copied, **more})


def a_lost_edit(calm: Calm) -> None:
    rep, _, event = calm.one("SalesExec")
    rep.edit_event(event, Subject="Mine, and nobody else's")
    calm.write(rep, event, subject=event["Subject"])


def an_edit_that_went_one_way_only(calm: Calm) -> None:
    rep, _, event = calm.one("SalesExec")
    rep.edit_event(event, Location="Elsewhere")


def a_stray_mail(calm: Calm) -> None:
    rep, _, event = calm.one("SalesExec")
    rep.invite(event, "visitor@elsewhere.example")
    calm.write(rep, event, location={"displayName": "Hall"})


def the_deletion_of_a_reps_own_event(calm: Calm) -> None:
    rep, _, event = calm.one("Outlook")
    calm.remove(rep, event)


def a_deletion_that_nobody_asked_for(calm: Calm) -> None:
    rep, _, event = calm.one("SalesExec")
    calm.remove(rep, event)


def an_event_that_is_not_told_of(calm: Calm) -> None:
    rep = calm.round.reps[0]
    at = (calm.stage.now() + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M:%S")
    rep.add_event(Subject="Untold", Start=at, End=at, TimeZone="UTC")


def a_write_to_what_is_none_of_salesexecs_business(calm: Calm) -> None:
    rep = calm.round.reps[0]
    gym = next(event for event in rep.own.values() if event["Subject"] == "Gym")
    calm.write(rep, gym, categories=[])


def a_sequence_that_did_not_rise(calm: Calm) -> None:
    rep, held, event = calm.one("Outlook")
    said = {"AppointmentGuid": held["AppointmentGuid"], "EventId": event["Id"], "ChangedFields": ["Location"]}
    for _ in range(2):
        calm.tell(rep, **said, Sequence=held["Sequences"][""] + 7, Event={"Location": held["Location"]})


PLANTED: list[tuple[Callable[[Calm], None], str]] = [
    (a_duplicate_event, "an appointment is in Outlook 2 times"),
    (a_duplicate_appointment, "an event is in SalesExec more than once"),
    (a_lost_edit, "an edit of Subject was lost"),
    (an_edit_that_went_one_way_only, "both sides differ in Location"),
    (a_stray_mail, "a mail was sent"),
    (the_deletion_of_a_reps_own_event, "an event of the rep's own was removed, and nobody asked for it"),
    (a_deletion_that_nobody_asked_for, "an appointment is not in Outlook"),
    (an_event_that_is_not_told_of, "an event is not in SalesExec"),
    (a_write_to_what_is_none_of_salesexecs_business, "an event that is none of SalesExec's business was written"),
    (a_sequence_that_did_not_rise, "a Sequence was applied after a higher one"),
]


@pytest.fixture(name="calm", scope="module")
def _calm(stage: Stage) -> Calm:
    calm = Calm(stage)
    assert calm.wrongs() == []
    return calm


@pytest.mark.parametrize(("plant", "wrong"), PLANTED, ids=[plant.__name__ for plant, _ in PLANTED])
def test_what_is_planted_is_seen(calm: Calm, plant: Callable[[Calm], None], wrong: str) -> None:
    before = set(calm.wrongs())

    plant(calm)

    fresh = [each for each in calm.wrongs() if each not in before]
    assert any(each.startswith(wrong) for each in fresh), fresh
