"""Whose is an event that carries our extension but belongs to no pair? Ours, a copy, or one that is just being made."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property

from shared_code.domain.appointments import ListedAppointment, Status
from shared_code.domain.connections import Connection
from shared_code.domain.decisions import crm_wins
from shared_code.domain.events import CalendarEvent
from shared_code.domain.fields import Field
from shared_code.domain.identifiers import AppointmentGuid, EventId, UserGuid
from shared_code.domain.incoming import first_revision, made_as, proves_ours
from shared_code.domain.outgoing import Rules
from shared_code.domain.pairs import (
    CLAIM_LASTS,
    Agreement,
    Claim,
    Origin,
    Pair,
    PairState,
    agreed_at_attempt,
    attempted,
    changed_in_crm,
)
from shared_code.domain.schedules import Window
from shared_code.domain.unconfirmed import agreed_as_told, agreed_at_import
from shared_code.use_cases.errors import StaleVersion
from shared_code.use_cases.importing import Imports
from shared_code.use_cases.ports import NOBODY, Holder, Ports, Reconcile

GENERATIONS_TRIED = 5
"""How many generations are tried as proof when nothing of ours says which it was."""


def hold(appointment: AppointmentGuid, user: UserGuid, ports: Ports) -> Holder:
    """Note that the rep has the appointment, also one that SalesExec removed before anything was noted of it.

    Return who has it: somebody else, where it moved on meanwhile.
    """
    holder = ports.holders.claim(appointment, user)
    if holder.user != NOBODY:
        return holder
    try:
        return ports.holders.save(replace(holder, user=user))
    except StaleVersion:
        # Somebody was faster: it is theirs, or was noted after all.
        return ports.holders.claim(appointment, user)


class Adoption:
    """Finds the appointment of an event by its extension, believing it only as far as it can be proved.

    Safety: anybody with the calendar can write or copy an extension. It is believed when our own notes, or SalesExec's
    list of this rep's appointments, say so, and no other event holds the appointment.
    """

    def __init__(
        self,
        connection: Connection,
        ports: Ports,
        rules: Rules,
        window: Window,
        pairs: list[Pair],
        imports: Imports,
    ) -> None:
        self._imports = imports
        self._connection = connection
        self._ports = ports
        self._rules = rules
        self._window = window
        self._by_appointment = {pair.appointment: pair for pair in pairs}
        self._being_made: set[str] = set()

    @cached_property
    def _listed(self) -> dict[AppointmentGuid, ListedAppointment]:
        listing = self._ports.crm.appointments(self._connection.user, self._window)
        return {listed.appointment.guid: listed for listed in listing}

    def known_by_mark(self, event: CalendarEvent) -> Pair | None:
        """Return what is noted of the appointment that the event's extension names."""
        return None if event.mark is None else self._by_appointment.get(event.mark.appointment)

    def is_left_over(self, event: CalendarEvent) -> bool:
        """Tell whether we made this event for an appointment that has another one by now, or none here any more.

        Story: an event of the rep's own was imported, the note of it got lost, and SalesExec's first push of that
        appointment made one more. Or a push was slow, and the appointment moved or was removed before its event was
        there. Safety: only the transaction id counts, which no copy carries; what was ever linked is no left-over.
        """
        if event.mark is None or self.is_being_made(event):
            return False
        known = self.known_by_mark(event)
        if known is not None and (known.event_id == event.id or known.is_waiting):
            return False
        newest = GENERATIONS_TRIED if known is None else max(known.generation + 1, GENERATIONS_TRIED)
        generation = made_as(event, event.mark.appointment, newest, self._rules)
        if generation is None:
            return False
        if known is not None and known.state in (PairState.LINKED, PairState.UNLINKED):
            return True
        if known is not None and known.state is not PairState.GONE:
            return False
        if known is not None and (known.origin is Origin.OUTLOOK or (generation != known.generation > 0)):
            # One of a later generation than any that was linked was never linked itself; one of an earlier has had its
            # place taken by the one that is gone by now.
            return True
        holder = self._ports.holders.get(event.mark.appointment)
        if holder is None:
            return False
        never_linked = known is None or known.generation == 0
        return holder.user != self._connection.user or (never_linked and holder.removed_at is not None)

    def agreed_now(self, appointment: AppointmentGuid, event: CalendarEvent) -> dict[Field, Agreement]:
        """Return what can count as agreed of an import that SalesExec knows already; nothing where it does not list it.

        Safety: what SalesExec changed since then must not be overwritten by what the event said all the time.
        """
        listed = self._listed.get(appointment)
        return {} if listed is None else self._agreed_anew(self._rules.seen(event, Origin.OUTLOOK), event, listed)

    def is_being_made(self, event: CalendarEvent) -> bool:
        """Tell whether a push is making this event right now: it will link it itself."""
        return event.id in self._being_made

    def pair_for(self, event: CalendarEvent, events: list[CalendarEvent]) -> Pair | None:
        """Return a new pair that links the event to its appointment, or None when it is not provably ours."""
        if event.mark is None:
            return self._imported_before(event)
        appointment = event.mark.appointment
        known = self._by_appointment.get(appointment)
        if known is not None and known.state is PairState.LEAVING and known.event_id is None:
            # It was made too late, and will be taken out with the appointment that has left.
            self._being_made.add(event.id)
            return None
        if (
            known is not None
            and known.is_waiting
            and proves_ours(event, appointment, known.generation + 1, self._rules)
        ):
            # A push of it waits that Outlook may have taken all the same: it will find its event, and link it. Or this
            # is one too many, and is taken out once nothing waits any more; it is never imported.
            self._being_made.add(event.id)
            return None
        if known is not None and known.state in (PairState.LINKED, PairState.LEAVING, PairState.UNLINKED):
            return None
        if known is not None and known.is_claimed(self._ports.clock.now()):
            self._being_made.add(event.id)
            return None
        holder = self._ports.holders.get(appointment)
        if holder is not None and holder.user != self._connection.user:
            return None
        # One more than was noted: a creation whose transaction id was used up goes on with the next generation.
        generation = known.generation + 1 if known is not None else GENERATIONS_TRIED
        never_made = known is None or (known.state is PairState.GONE and known.generation == 0)
        noted = holder is not None and (never_made or (known is not None and known.state is PairState.CREATING))
        if noted and holder is not None and proves_ours(event, appointment, generation, self._rules):
            attempt = holder.attempt if known is None or never_made else attempted(known)
            return self._linked(event, appointment, known, attempt=attempt)
        return self._listed_pair(event, events, known)

    def lost_imports(self, read: Collection[EventId]) -> list[Pair]:
        """Return new pairs of what SalesExec says it imported of events that the read does not show: perhaps deleted.

        Story: SalesExec took an import, the process died before it could note a pair, and the event was deleted before
        the next poll. Only the note of the import tells that SalesExec has an appointment of it.
        """
        paired = {pair.event_id for pair in self._by_appointment.values() if pair.state is not PairState.GONE}
        lost = self._imports.begun_beside(read)
        pairs = [self._lost_import(event_id) for event_id in lost if event_id not in paired]
        self._imports.end(lost)
        return [pair for pair in pairs if pair is not None]

    def _lost_import(self, event_id: EventId) -> Pair | None:
        """Store and return the pair of an import whose event may be gone; None where there is nothing to pair."""
        listed = next((each for each in self._unpaired(event_id) if not each.is_cancelled), None)
        user, ports = self._connection.user, self._ports
        if listed is None or hold(listed.appointment.guid, user, ports).user != user:
            return None
        appointment = listed.appointment
        earlier = [pair.generation for pair in self._by_appointment.values() if pair.event_id == event_id]
        said = self._rules.told(appointment)
        agreed = agreed_as_told(self._imports.told_of(event_id), said)
        pair = replace(
            self._new_pair(appointment.guid, appointment.modified_at),
            origin=Origin.OUTLOOK,
            event_id=event_id,
            generation=max(earlier, default=0) + 1,
            is_finished=appointment.is_finished,
            agreed=agreed,
        ).spanning(appointment.schedule)
        if changed_in_crm(agreed, said, appointment.modified_at):
            # SalesExec changed it since: an edit beats a delete, so its word is written before anything is told.
            until = ports.clock.now() + CLAIM_LASTS
            pair = replace(pair, claim=Claim(until=until, modified_at=appointment.modified_at))
            ports.work.send(Reconcile(user=user))
        try:
            return ports.pairs.save(pair)
        except StaleVersion:
            return None

    def _unpaired(self, event_id: EventId) -> Iterator[ListedAppointment]:
        """Return what SalesExec lists as imported of an event and has no pair."""
        for listed in self._listed.values():
            if listed.event_id == event_id and listed.appointment.guid not in self._by_appointment:
                yield listed

    def _imported_before(self, event: CalendarEvent) -> Pair | None:
        """Return a pair for an event that SalesExec says it imported: our note of it was lost, and it stays one."""
        listed = next(self._unpaired(event.id), None)
        if listed is None:
            return None
        # No push of it was ever made here, so what differs was edited in Outlook, whatever the clocks say.
        return self._linked(event, listed.appointment.guid, None, listed, outlook_first=True)

    def _listed_pair(self, event: CalendarEvent, events: list[CalendarEvent], known: Pair | None) -> Pair | None:
        """Return a pair when SalesExec lists the appointment for this rep and this event has the best claim to it."""
        if event.mark is None or (known is not None and known.state is PairState.GONE):
            return None
        appointment = event.mark.appointment
        listed = self._listed.get(appointment)
        if listed is None or listed.event_id not in (None, event.id):
            return None
        rivals = [
            other
            for other in events
            if other.id != event.id and other.mark is not None and other.mark.appointment == appointment
        ]
        proved = proves_ours(event, appointment, GENERATIONS_TRIED, self._rules)
        if rivals and not (proved or listed.event_id == event.id):
            return None
        return self._linked(event, appointment, known, listed)

    def _linked(
        self,
        event: CalendarEvent,
        appointment: AppointmentGuid,
        known: Pair | None,
        listed: ListedAppointment | None = None,
        attempt: Mapping[Field, str] | None = None,
        *,
        outlook_first: bool = False,
    ) -> Pair | None:
        """Store and return the link; what was agreed is lost: what both say now is agreed, the rest has a winner."""
        hold(appointment, self._connection.user, self._ports)
        came_from_outlook = listed is not None and listed.came_from_outlook
        origin = Origin.OUTLOOK if came_from_outlook else Origin.SALESEXEC
        seen = self._rules.seen(event, origin)
        pair = replace(
            known or self._new_pair(appointment, event.modified_at),
            state=PairState.LINKED,
            origin=origin,
            event_id=event.id,
            generation=max(known.generation, 1) if known is not None else 1,
            change_key=event.change_key,
            outlook_modified_at=event.modified_at,
            lead_url=event.mark.lead_url if event.mark is not None else None,
            agreed=agreed_at_attempt(attempt, seen)
            if attempt
            else self._agreed_anew(seen, event, listed, outlook_first=outlook_first),
            claim=None,
        ).spanning(event.schedule)
        try:
            saved = self._ports.pairs.save(pair)
        except StaleVersion:
            self._being_made.add(event.id)
            return None
        self._imports.end([event.id])
        return saved

    def _new_pair(self, appointment: AppointmentGuid, modified_at: datetime) -> Pair:
        book, user, revision = self._connection.book, self._connection.user, first_revision(modified_at)
        return Pair(book=book, user=user, appointment=appointment, state=PairState.LINKED, revision=revision)

    def _agreed_anew(
        self,
        seen: dict[Field, str],
        event: CalendarEvent,
        listed: ListedAppointment | None,
        *,
        outlook_first: bool = False,
    ) -> dict[Field, Agreement]:
        if listed is None:
            return {name: Agreement(outlook=value, crm="") for name, value in seen.items()}
        told = self._rules.told(listed.appointment)
        # An edit beats a delete, whoever wins a conflict.
        is_off = listed.appointment.status is Status.CANCELED
        crm_first = not (outlook_first or is_off) and crm_wins(
            self._connection.preferences.conflict_winner,
            crm_modified_at=listed.appointment.modified_at,
            outlook_modified_at=event.modified_at,
        )
        begun = self._imports.told_of(event.id)
        agreed = {}
        for name, value in seen.items():
            said = told.get(name, "")
            same = said in ("", value)
            at_import = None if same else agreed_at_import(begun, name, value, said)
            if at_import is not None:
                agreed[name] = at_import
                continue
            # The loser's side is left un-agreed, so that the winner's value counts as the change and travels.
            # Where Outlook comes first, SalesExec's was never agreed either: a push of it may yet be on its way.
            agreed[name] = Agreement(
                outlook=value if same or crm_first else "",
                crm=said if same or not (crm_first or outlook_first) else "",
            )
        return agreed
