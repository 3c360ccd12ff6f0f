"""What truly happened to one history's appointments and events, out of what the simulators keep: every version of each.

The simulators run in one process and number every write, so the order is exact; whose hand it was they know by where
the order came from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

from tests.engine.chronicle import TIME, Life, Mark, View, differences

Json = dict[str, Any]

MOMENT = timedelta(seconds=10)
"""How long before a kill a write may have been made that the killed process could not note any more.

As long may pass between a push's read of an event and its last write.
"""
_SHOWS = {"free": "Free", "tentative": "Tentative", "busy": "Busy", "oof": "OutOfOffice",
          "workingElsewhere": "WorkingElsewhere"}  # fmt: skip
_EXTENSION = "SalesExec.Appointment"
_ANSWER_LOST = ("drop_after", "accept_then_fail")


class _Words(HTMLParser):
    """Reads what a body says to a person, and the links to a lead in it."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self.links: list[str] = []
        self._href: str | None = None
        self._text: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._href, self._text = dict(attrs).get("href") or "", []

    def handle_data(self, data: str) -> None:
        (self.said if self._href is None else self._text).append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._href is not None:
            if "".join(self._text).strip() == "Show Lead":
                self.links.append(self._href)
            else:
                self.said += self._text
            self._href = None


def words(markup: str) -> str:
    """Return what a body says, apart from the link to the lead."""
    return " ".join("".join(_Words(markup).said).split())


def links(markup: str) -> list[str]:
    """Return the links to a lead in a body."""
    return _Words(markup).links


def view_of_event(event: Json) -> View:
    """Return what an event says, by field, the times as one."""
    if event["IsAllDay"]:
        times = f"{event['Start'][:10]} {event['End'][:10]} true"
    else:
        times = f"{_instant(event['StartUtc'])} {_instant(event['EndUtc'])} false"
    return {
        "Subject": event["Subject"].strip(),
        "Body": words(event["Body"]),
        "Location": event["Location"].strip(),
        "ShowAs": _SHOWS[event["ShowAs"]],
        "IsPrivate": str(event["Sensitivity"] != "normal").lower(),
        TIME: times,
    }


def view_of_appointment(appointment: Json) -> View:
    """Return what an appointment says, by field, the times as one."""
    start, end = (_instant(appointment[name]) for name in ("Start", "End"))
    return {
        "Subject": appointment["Subject"].strip(),
        "Body": words(appointment["Body"]),
        "Location": (appointment["Location"] or "").strip(),
        "ShowAs": appointment["ShowAs"],
        "IsPrivate": str(appointment["IsPrivate"]).lower(),
        TIME: f"{start} {end} {str(appointment['IsAllDay']).lower()}",
    }


def _instant(text: str) -> str:
    if len(text) == len("2026-11-23"):
        return text
    return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Doubt:
    """A write so shortly before a kill that it may never have been noted."""

    guid: str
    at: datetime
    is_import: bool


@dataclass(slots=True)
class Seen:
    """All lives of one history; `wrongs` are breaches seen on the way, `doubtful` what a killed process did last."""

    lives: dict[str, Life] = field(default_factory=dict)
    events: dict[str, Life] = field(default_factory=dict)
    held: dict[str, Json] = field(default_factory=dict)
    there: dict[str, Json] = field(default_factory=dict)
    made: set[str] = field(default_factory=set)
    mailbox: dict[str, str] = field(default_factory=dict)
    appointment_of: dict[str, str] = field(default_factory=dict)
    imports: dict[str, list[str]] = field(default_factory=dict)
    overwritten: set[tuple[str, str]] = field(default_factory=set)
    mailed_blindly: set[str] = field(default_factory=set)
    marked_blindly: set[str] = field(default_factory=set)
    wrongs: list[str] = field(default_factory=list)
    doubtful: list[Doubt] = field(default_factory=list)

    def events_of(self, guid: str) -> list[str]:
        """Return the ids of every event that is or was of an appointment."""
        return [each for each, of in self.appointment_of.items() if of == guid]


class Watcher:
    """Makes lives of versions, one version after the other."""

    def __init__(self, own: Iterable[str], killed_at: Iterable[datetime], honours_if_match: bool) -> None:
        self.seen = Seen()
        self._own = set(own)
        self._killed_at = list(killed_at)
        self._honours_if_match = honours_if_match
        self._keys: dict[tuple[str, str], View] = {}
        self._invited_at: dict[str, datetime] = {}

    def take(self, version: Json) -> None:
        """Take in the next version."""
        if version["System"] == "salesexec":
            self._appointment(version)
            return
        if version["Id"] in self._own and version["By"] != "Person":
            self.seen.wrongs.append(f"an event that is none of SalesExec's business was written [{version['Id']}]")
        self._event(version)

    def _appointment(self, version: Json) -> None:
        seen, number, guid, held = self.seen, version["Number"], version["Id"], version["Holds"]
        before = seen.held.get(guid)
        view, stamp = view_of_appointment(held), datetime.fromisoformat(held["ModifiedUtc"])
        new = differences(None if before is None else view_of_appointment(before), view)
        life = seen.lives.setdefault(guid, Life(made_at=number))
        marks = [Mark(number, name, value, stamp) for name, value in new.items()]
        was, now = (before or {}).get("Status", held["Status"]), held["Status"]
        if version["By"] == "Person":
            life.edits += marks
            life.stamps.append(stamp)
            life.touched.append(number)
            if was == now == "Canceled":
                life.moot.add(number)
            if was != now:
                life.ended_at = number if now == "Canceled" else life.ended_at
                life.revived_at = life.revived_at if now == "Canceled" else number
            if before is not None and before["UserGuid"] != held["UserGuid"]:
                life.moved_at = number
        else:
            life.synced += marks
            if was != now and now == "Canceled":
                life.cancelled_for_outlook_at = number
            if was != now and was == "Canceled":
                life.brought_back_at = number
            if before is None:
                self._imported(guid, held, version)
        seen.held[guid] = held

    def _imported(self, guid: str, held: Json, version: Json) -> None:
        seen, event_id = self.seen, held["EventId"]
        seen.imports.setdefault(event_id, []).append(guid)
        if event_id in seen.made:
            seen.wrongs.append(f"an event that the app made was imported: {held['Subject']}")
        known = seen.appointment_of.setdefault(event_id, guid)
        if seen.held.get(known, held)["Status"] != "Pending":
            seen.appointment_of[event_id] = guid
        self._doubt(guid, version, is_import=True)

    def _event(self, version: Json) -> None:
        seen, event_id, event = self.seen, version["Id"], version["Holds"]
        before = seen.there.get(event_id)
        life = seen.events.setdefault(event_id, Life(made_at=version["Number"]))
        seen.mailbox[event_id] = version["Owner"]
        if version["By"] == "Person":
            self._by_hand(version, before, life)
        else:
            self._by_app(version, before, life)
        if event is None:
            del seen.there[event_id]
        else:
            seen.there[event_id] = event
            self._keys[event_id, event["ChangeKey"]] = view_of_event(event)

    def _by_hand(self, version: Json, before: Json | None, life: Life) -> None:
        number, event = version["Number"], version["Holds"]
        if event is None:
            life.ended_at = number
            return
        stamp = datetime.fromisoformat(event["ModifiedUtc"])
        new = differences(None if before is None else view_of_event(before), view_of_event(event))
        life.edits += [Mark(number, name, value, stamp) for name, value in new.items()]
        life.stamps.append(stamp)
        life.touched.append(number)
        if event["Attendees"] and not life.invited_at:
            life.invited_at = number
            self._invited_at[version["Id"]] = datetime.fromisoformat(version["AtUtc"])

    def _by_app(self, version: Json, before: Json | None, life: Life) -> None:
        seen, number, event_id, event = self.seen, version["Number"], version["Id"], version["Holds"]
        if event is None:
            self._check_ownership(event_id, before, "removed")
            self._check_version(version, before, {})
            life.ended_at, life.ended_by_engine = number, True
            return
        new = differences(None if before is None else view_of_event(before), view_of_event(event))
        if before is None:
            seen.made.add(event_id)
            seen.appointment_of[event_id] = event["Extensions"].get(_EXTENSION, {}).get("AppointmentGuid", "")
            self._note_crossing(version)
        elif _content(before) != _content(event):
            self._check_ownership(event_id, before, "changed")
            self._check_version(version, before, new)
            self._doubt(seen.appointment_of.get(event_id), version, is_import=False)
        elif before["Attendees"]:
            self._note_mark(version, before)
        life.synced += [Mark(number, name, value, datetime.fromisoformat(event["ModifiedUtc"]))
                        for name, value in new.items()]  # fmt: skip

    def _note_mark(self, version: Json, before: Json) -> None:
        """Note our extension on a meeting; Graph takes no If-Match with one, so an invitation may come in between."""
        invited_at = self._invited_at.get(version["Id"])
        if invited_at is None or datetime.fromisoformat(version["AtUtc"]) - invited_at > MOMENT:
            self.seen.wrongs.append(f"a meeting was marked: {before['Subject']}")
        else:
            self.seen.marked_blindly.add(version["Id"])

    def _check_version(self, version: Json, before: Json | None, new: View) -> None:
        """See that the write named the version that was there, where Graph minds; else what is lost is counted."""
        seen, event_id, named = self.seen, version["Id"], version["IfMatch"]
        assert before is not None, "what is changed or removed was there"
        if not named:
            seen.wrongs.append(f"a write without If-Match: {before['Subject']}")
            return
        key = named.removeprefix("W/").strip('"')
        is_blind = key != before["ChangeKey"]
        if is_blind and self._honours_if_match:
            seen.wrongs.append(f"Graph let a write of an old version through: {before['Subject']}")
        if is_blind:
            hand = differences(self._keys.get((event_id, key)), view_of_event(before))
            seen.overwritten.update((event_id, name) for name in hand if name in new)
        if before["Attendees"] and is_blind:
            seen.mailed_blindly.add(event_id)
        elif before["Attendees"]:
            seen.wrongs.append(f"a meeting was written: {before['Subject']}")

    def _check_ownership(self, event_id: str, before: Json | None, what: str) -> None:
        """See that nothing of a rep's own is touched without a word from SalesExec."""
        guid, name = self.seen.appointment_of.get(event_id), (before or {}).get("Subject")
        if guid not in self.seen.lives:
            self.seen.wrongs.append(f"an event that nobody imported was {what}: {name}")
        elif not self.seen.lives[guid].touched and not self.seen.lives[guid].note_lost:
            self.seen.wrongs.append(f"an event of the rep's own was {what}, and nobody asked for it: {name}")

    def _note_crossing(self, version: Json) -> None:
        """Note it when SalesExec pushed an import before its note was written, so that one more event was made."""
        seen, guid = self.seen, self.seen.appointment_of[version["Id"]]
        others = (each for each in seen.events_of(guid) if each not in seen.made and each in seen.there)
        if any(seen.mailbox[each] == version["Owner"] for each in others):
            seen.lives.setdefault(guid, Life()).note_lost = True

    def _doubt(self, guid: str | None, version: Json, *, is_import: bool) -> None:
        at = datetime.fromisoformat(version["AtUtc"])
        if guid is not None and any(timedelta(0) <= killed - at <= MOMENT for killed in self._killed_at):
            self.seen.doubtful.append(Doubt(guid, at, is_import))


def _content(event: Json) -> Json:
    """Return what an event holds, apart from our mark and what changes with every version."""
    ignored = ("Extensions", "ExtendedProperties", "ChangeKey", "ModifiedUtc")
    return {name: value for name, value in event.items() if name not in ignored}


def note_lost_answers(seen: Seen, journal: Iterable[Json], histories: Mapping[str, list[Json]]) -> None:
    """Note which answers never reached the app: to an import, and to a change of an event."""
    told: dict[str, str] = {}
    for guid, entries in histories.items():
        told |= {entry["ChangeId"]: guid for entry in entries if entry["By"] == "Outlook"}
    imported: set[str] = set()
    for entry in journal:
        lost = entry["Fault"] in _ANSWER_LOST
        if entry["Service"] == "salesexec" and entry["Path"].endswith("/CalendarChanges"):
            for change_id in re.findall(r'"ChangeId": ?"([^"]+)"', entry["RequestBody"]):
                if change_id in told and (lost or change_id in imported):
                    seen.lives[told[change_id]].note_lost |= _is_import(change_id, histories[told[change_id]])
                imported.add(change_id)
        if entry["Service"] == "graph" and entry["Method"] == "PATCH" and lost:
            event_id = entry["Path"].rpartition("/events/")[2]
            guid = seen.appointment_of.get(event_id, "")
            if guid in seen.lives:
                seen.lives[guid].write_not_noted = True


def note_unnoted(seen: Seen, receipt_of: Callable[[str], list[Json]], skew: timedelta) -> None:
    """Note what a killed process did last and could not note any more: the receipt knows nothing of that time.

    Only here is the app's own word taken, and only to allow less. `skew` is how far the simulators' clock is ahead.
    """
    for doubt in seen.doubtful:
        towards = "ToSalesExec" if doubt.is_import else "ToOutlook"
        times = (
            datetime.fromisoformat(entry["AtUtc"]) + skew
            for entry in receipt_of(doubt.guid)
            if entry["Direction"] == towards and entry["Outcome"] in ("Created", "Updated")
        )
        if any(abs(at - doubt.at) < MOMENT for at in times):
            continue
        if doubt.is_import:
            seen.lives[doubt.guid].note_lost = True
        elif doubt.guid in seen.lives:
            seen.lives[doubt.guid].write_not_noted = True


def note_answers(seen: Seen, histories: Mapping[str, list[Json]]) -> None:
    """Note what SalesExec was first answered to the push of each time of change."""
    for guid, entries in histories.items():
        for entry in entries:
            if entry["By"] == "push" and guid in seen.lives:
                at = datetime.fromisoformat(entry["PushedUtc"])
                seen.lives[guid].answers.setdefault(at, entry["Outcome"])


def _is_import(change_id: str, entries: list[Json]) -> bool:
    first = next(entry for entry in entries if entry["By"] in ("Outlook", "SalesExec"))
    return bool(first["By"] == "Outlook" and first["ChangeId"] == change_id)
