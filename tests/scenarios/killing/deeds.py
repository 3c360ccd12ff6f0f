"""Every deed that is cut short: one push of each kind, one poll, one clean-up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import requests

from tests.scenarios.killing.people import Json, Player

SAID = (
    "UserGuid", "LeadGuid", "LeadUrl", "Subject", "Body", "BodyType", "Start", "End", "TimeZone", "IsAllDay",
    "Recurrence", "Location", "ShowAs", "IsPrivate", "Status", "ModifiedUtc",
)  # fmt: skip
OURS, OWN = 22, 3
# Due when the tokens have grown old; due only when the host has been started again.
WAITS_SECONDS, WAITS_LONG_SECONDS = 300, 900


@dataclass(frozen=True, slots=True)
class Answer:
    """What the app said to a call, status 0 when it said nothing."""

    status: int
    body: Json

    @property
    def is_one(self) -> bool:
        """Whether whoever called need not call again."""
        return 0 < self.status < 500 and self.status != 429

    @property
    def words(self) -> tuple[int, Any, Any]:
        """Status, outcome and reason."""
        return self.status, self.body.get("Outcome"), self.body.get("Reason")


Call = Callable[[], Answer]


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that is done, told by the state before it and the call that does it.

    `prepare` returns that call; None: it begins by itself when time passes. What `first` sends to queues is done by
    then. `outcome` is what the call answers, if it is a push. `names_itself`: the app gives it a name
    that nobody knows before. `afresh`: all that is there belongs to the play. A player plays it `plays` times at most.
    """

    name: str
    prepare: Callable[[Player], Call | None]
    outcome: str
    first: Callable[[Player], None] | None = None
    people: int = 1
    plays: int = 20
    names_itself: bool = False
    afresh: bool = False


def answer_of(response: requests.Response) -> Answer:
    """Return what a response says."""
    body = response.json() if response.content else {}
    return Answer(response.status_code, body if isinstance(body, dict) else {})


def quietly(call: Callable[[], requests.Response]) -> Call:
    """Return the call as one that says nothing when the connection is lost."""

    def made() -> Answer:
        try:
            return answer_of(call())
        except requests.RequestException:
            return Answer(0, {})

    return made


def put(player: Player, guid: str) -> Call:
    """Return the push of an appointment as SalesExec has it now."""
    appointment = player.rep.appointment(guid)
    body = {name: appointment[name] for name in SAID if appointment[name] not in (None, [])}
    return quietly(lambda: player.rep.api.put(guid, body))


def push_one(player: Player, guid: str, slot: str) -> Call:
    """Return the push of one occurrence, which SalesExec makes itself."""
    path = f"salesexec/appointments/{guid}/occurrences/{slot}/push"

    def made() -> Answer:
        answer = player.control.call("POST", path, {})["Push"]
        return Answer(answer["Status"], answer["Body"] if isinstance(answer["Body"], dict) else {})

    return made


def book(player: Player, **said: Any) -> str:
    """Book an appointment, pushed unless said otherwise, and return its guid."""
    booked = player.rep.book(**{**player.world.days.hour(), **said})
    guid = str(booked["AppointmentGuid"])
    player.world.relay.register(player.name, guid)
    assert said.get("Push") is False or booked["Push"]["Body"]["Outcome"] == "Created", booked
    return guid


def add(player: Player, subject: str, later: int) -> str:
    """Have her make an event of her own, so many hours later than the first, and return its id."""
    said: dict[str, Any] = {"Subject": subject, **player.world.days.wall(later)}
    return str(player.rep.add_event(**said)["Id"])


def event_of(player: Player, guid: str) -> str:
    """Return the id of an appointment's event."""
    return str(player.rep.appointment(guid)["EventId"])


def _create(player: Player) -> Call:
    return put(player, book(player, Location="Room 1", Push=False))


def _update(player: Player) -> Call:
    guid = book(player)
    player.rep.edit(guid, Subject="Call Fabrikam", Location="Room 2", Push=False, **player.world.days.hour(2))
    return put(player, guid)


def _unchanged(player: Player) -> Call:
    return put(player, book(player))


def _merge(player: Player) -> Call:
    guid = book(player)
    player.rep.edit_event(event_of(player, guid), Location="Her own room")
    player.rep.edit(guid, Subject="Call Fabrikam", Push=False)
    return put(player, guid)


def _delete(player: Player) -> Call:
    guid = book(player)
    modified = player.rep.cancel(guid, Push=False)["ModifiedUtc"]
    return quietly(lambda: player.rep.api.delete(guid, modified))


def _cancel(player: Player) -> Call:
    guid = book(player)
    player.rep.cancel(guid, Push=False)
    return put(player, guid)


def _move(player: Player) -> Call:
    guid = book(player)
    player.rep.hand_over(guid, player.other, Push=False)
    return put(player, guid)


def _revive(player: Player) -> Call:
    guid = book(player)
    player.rep.cancel(guid)
    player.rep.edit(guid, Status="Pending", Push=False)
    return put(player, guid)


def _make_again(player: Player) -> Call:
    guid = book(player)
    player.rep.delete_event(event_of(player, guid))
    player.rep.edit(guid, Subject="Call Fabrikam", Push=False)
    return put(player, guid)


def _whole_day(player: Player) -> Call:
    monday = player.world.days.monday
    times = {"Start": monday.isoformat(), "End": (monday + timedelta(days=1)).isoformat()}
    return put(player, book(player, IsAllDay=True, Push=False, **times))


def _book_series(player: Player, **said: Any) -> str:
    hands = player.hands
    return book(player, Recurrence=["RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=2"], **hands.wall(hands.monday), **said)


def _series(player: Player) -> Call:
    return put(player, _book_series(player, Push=False))


def _series_update(player: Player) -> Call:
    guid = _book_series(player)
    player.rep.edit(guid, Subject="Call Fabrikam", Push=False, **player.hands.wall(player.hands.monday, 11))
    return put(player, guid)


def _occurrence(player: Player) -> Call:
    guid, slot = _book_series(player), player.hands.slot(player.hands.week(1))
    player.hands.edit_one(guid, slot, Subject="Special", Push=False)
    return push_one(player, guid, slot)


def _occurrence_cancelled(player: Player) -> Call:
    guid, slot = _book_series(player), player.hands.slot(player.hands.week(1))
    player.control.call("POST", f"salesexec/appointments/{guid}/occurrences/{slot}/cancel", {"Push": False})
    return push_one(player, guid, slot)


def _meeting(player: Player) -> Call:
    guid = book(player)
    player.rep.invite(event_of(player, guid), "eve@elsewhere.example")
    player.rep.edit(guid, Subject="Call Fabrikam", Push=False)
    return put(player, guid)


def _waiting(player: Player) -> None:
    guid = book(player, Push=False)
    player.control.fault("graph", "throttle", RetryAfter=str(WAITS_SECONDS), Match={"Actor": player.rep.upn})
    assert put(player, guid)().words == (202, "Queued", "Throttled")


def _must_wait(player: Player) -> Call:
    first = put(player, book(player, Subject="First", Push=False))
    player.control.fault("graph", "throttle", RetryAfter=str(WAITS_LONG_SECONDS), Match={"Actor": player.rep.upn})
    assert first().words == (202, "Queued", "Throttled")
    return put(player, book(player, Push=False))


def _have_two_events(player: Player) -> None:
    add(player, "Dentist", 3)
    add(player, "Gym", 4)
    player.rep.api.sync(player.rep.user)


def _poll(player: Player) -> Call:
    rep, ours = player.rep, book(player)
    rep.edit_event(event_of(player, ours), Location="Her own room")
    ids = {event["Subject"]: event["Id"] for event in rep.events()}
    rep.edit_event(ids["Dentist"], Subject="Dentist, at last")
    rep.delete_event(ids["Gym"])
    add(player, "Lunch", 5)
    weekly = {"Type": "weekly", "DaysOfWeek": ["monday"], "Interval": 1}
    player.hands.add_series(weekly, {"Type": "numbered", "NumberOfOccurrences": 2})
    return quietly(lambda: rep.api.sync(rep.user))


def _fill_both_sides(player: Player) -> None:
    rep = player.rep
    if player.plays > 0:
        # What was cleaned up comes back when she goes on.
        rep.api.change(rep.user, {"Enabled": True})
        return
    for number in range(OURS):
        book(player, Subject=f"Ours {number:02d}", **player.world.days.hour(number))
    for number in range(OWN):
        add(player, f"Own {number}", OURS + number)
    rep.api.sync(rep.user)


def _clean_up(player: Player) -> Call:
    rep = player.rep
    assert (len(rep.events()), len(rep.appointments())) == (OURS + OWN, OURS + OWN), "both sides are full"
    body = {"UserGuid": rep.user, "Sides": ["Outlook", "SalesExec"]}
    return quietly(lambda: rep.api.call("POST", "cleanup", "start_cleanup", json=body))


FIRSTS = (
    Deed("a process's first push", _create, "Created"),
    Deed("a process's first that waits", _must_wait, "Queued"),
)
"""What is done by a process that has done nothing yet: it fetches its own tokens and keys, too."""

DEEDS = (
    Deed("create", _create, "Created"),
    Deed("update", _update, "Updated"),
    Deed("unchanged", _unchanged, "Unchanged"),
    Deed("update and an edit in Outlook", _merge, "Updated"),
    Deed("delete", _delete, "Deleted"),
    Deed("cancel", _cancel, "Deleted"),
    Deed("move to another rep", _move, "Created", people=2),
    Deed("revive", _revive, "Created"),
    Deed("make again what was deleted", _make_again, "Created", plays=8),
    Deed("create a whole day", _whole_day, "Created"),
    Deed("create a series", _series, "Created"),
    Deed("update a series", _series_update, "Updated"),
    Deed("change an occurrence", _occurrence, "Updated"),
    Deed("cancel an occurrence", _occurrence_cancelled, "Deleted"),
    Deed("a meeting", _meeting, "Skipped"),
    Deed("what must wait", _must_wait, "Queued"),
    Deed("deliver what waited", _waiting, "Created"),
    Deed("poll", _poll, "", first=_have_two_events, plays=7),
    Deed("clean up 25", _clean_up, "", first=_fill_both_sides, names_itself=True, afresh=True),
)
