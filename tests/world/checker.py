"""What must be true of a history once things are quiet, out of what the simulators say alone.

Both sides agree field by field; each appointment is in Outlook once and each event in SalesExec once; no edit is lost;
nobody was mailed; nothing of a rep's own was touched. What is allowed all the same stands where it is allowed, with
the reason: it is what nobody can know any more after an answer was lost or a process was killed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.engine.chronicle import UNIQUE, Life
from tests.engine.last_words import holds_news, must_be_gone, must_live, silences
from tests.engine.lost_edits import may_say
from tests.engine.world import Terms
from tests.world.seen import Json, Seen, links, view_of_appointment, view_of_event


@dataclass(slots=True)
class Checker:
    """One history as it ended; `people` has the UPN of each rep."""

    seen: Seen
    terms: Terms
    people: dict[str, str]
    sequences: dict[str, list[int]]
    mails: list[Json]
    orphans: int = 0

    def wrongs(self) -> list[str]:
        """Return everything that is not as it must be, each with the appointment or event it befell at its end."""
        return [
            *self.seen.wrongs,
            *self._stray_mails(),
            *(each for guid in self.seen.held for each in self._of_appointment(guid)),
            *(each for event_id in self.seen.there for each in self._of_event(event_id)),
        ]

    def _stray_mails(self) -> Iterator[str]:
        for mail in self.mails:
            if mail["By"] != "Person" and mail["EventId"] not in self.seen.mailed_blindly:
                yield f"a mail was sent: {mail['Subject']}, to {mail['Recipients']} [{mail['EventId']}]"

    def _of_event(self, event_id: str) -> Iterator[str]:
        seen = self.seen
        if seen.there[event_id]["ShowAs"] == "free":
            # The preferences leave it out; SalesExec knows nothing of it.
            if event_id in seen.appointment_of:
                yield f"an event that is none of SalesExec's business was imported [{event_id}]"
            return
        if seen.appointment_of.get(event_id) not in seen.held:
            yield f"an event is not in SalesExec: {seen.there[event_id]['Subject']} [{event_id}]"
        alive = [each for each in seen.imports.get(event_id, []) if seen.held[each]["Status"] == "Pending"]
        if len(alive) > 1:
            yield f"an event is in SalesExec more than once: {seen.there[event_id]['Subject']} [{event_id}]"

    def _of_appointment(self, guid: str) -> Iterator[str]:
        held, life = self.seen.held[guid], self.seen.lives[guid]
        here = self._events_of(guid, held["UserGuid"])
        if self.sequences[guid] != sorted(set(self.sequences[guid])):
            yield f"a Sequence was applied after a higher one: {self.sequences[guid]} [{guid}]"
        if life.moved_at is not None:
            # What she made herself, or had become a meeting, before the appointment moved away and perhaps came back,
            # is her own from then on.
            here = [event for event in here if event["TransactionId"] is not None] or here
            here = [event for event in here if not event["Attendees"]] or here
            yield from self._ghosts(guid)
        if held["Status"] == "Canceled":
            if life.moved_at is None and any(not event["Attendees"] for event in here):
                yield f"a cancelled appointment is still in Outlook: {held['Subject']} [{guid}]"
            if must_live(life, self._lives_of(guid)):
                yield f"an edit did not beat a delete: {held['Subject']} [{guid}]"
        elif not here and held["Origin"] == "Outlook" and life.note_lost and life.moved_at is not None:
            # The answer to the import was lost, and before the next poll the appointment was given to another rep by a
            # push that never came: that nobody has it in Outlook cannot be known from what is left.
            self.orphans += 1
        else:
            yield from self._of_living(guid, held, here)

    def _ghosts(self, guid: str) -> Iterator[str]:
        """Return what is left of a moved appointment with a rep who has it no more."""
        held, life = self.seen.held[guid], self.seen.lives[guid]
        for user in self.people:
            if user == held["UserGuid"]:
                continue
            left = [each for each in self._events_of(guid, user) if each["TransactionId"] and not each["Attendees"]]
            if held["Status"] == "Canceled":
                # An edit that SalesExec never saw keeps the event also where a cancellation overtook the move.
                left = [each for each in left if not holds_news(life, self.seen.events[each["Id"]])]
            if left:
                yield f"a moved appointment left a ghost: {held['Subject']} [{guid}]"

    def _of_living(self, guid: str, held: Json, here: list[Json]) -> Iterator[str]:
        life = self.seen.lives[guid]
        if not here:
            yield f"an appointment is not in Outlook: {held['Subject']} [{guid}]"
        if len(here) > 1 and life.note_lost:
            # One that was made once too often stays when somebody was invited to it: taking it out would mail them.
            here = [event for event in here if not (event["TransactionId"] and event["Attendees"])] or here
        if len(here) > 1:
            yield f"an appointment is in Outlook {len(here)} times: {held['Subject']} [{guid}]"
        if must_be_gone(life, self._lives_of(guid)):
            yield f"a delete was lost: {held['Subject']} [{guid}]"
        if len(here) == 1:
            yield from (f"{each} [{guid}]" for each in self._differences(guid, held, here[0]))

    def _events_of(self, guid: str, user: str) -> list[Json]:
        seen, upn = self.seen, self.people[user]
        ids = (each for each in seen.events_of(guid) if each in seen.there and seen.mailbox[each] == upn)
        return [seen.there[each] for each in ids]

    def _differences(self, guid: str, held: Json, event: Json) -> Iterator[str]:
        seen, life = self.seen, self.seen.lives[guid]
        said, shown = view_of_appointment(held), view_of_event(event)
        event_life = seen.events[event["Id"]]
        others = [seen.events[each] for each in seen.events_of(guid) if each != event["Id"]]
        if event["Attendees"]:
            yield from silences(life, event_life, others, said, shown)
            return
        if len(links(event["Body"])) > 1:
            yield f"two links to the lead: {event['Subject']}"
        for name in shown:
            if said[name] != shown[name]:
                yield f"both sides differ in {name}: SalesExec {said[name]}, Outlook {shown[name]}"
            elif name in UNIQUE and (event["Id"], name) not in seen.overwritten:
                excuse = may_say(name, shown[name], life, event_life, others, self.terms)
                if excuse is not None:
                    yield f"an edit of {name} was lost: {shown[name]}; {excuse}"

    def _lives_of(self, guid: str) -> list[Life]:
        """Return the lives of the events that an appointment has or had."""
        return [self.seen.events[each] for each in self.seen.events_of(guid)]
