"""Which events of a mailbox are provably ours, and may therefore be taken out again."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared_code.domain.events import CalendarEvent
from shared_code.domain.identifiers import EventId, UserGuid, property_value, transaction_id
from shared_code.domain.pairs import Origin, Pair, PairState
from shared_code.domain.preferences import Meetings

GENERATIONS_TRIED = 10
"""How many generations of an event are tried as proof when nothing of ours says which it is."""


class LeftReason(StrEnum):
    """Why an event with our extension is left where it is."""

    MEETING_WITH_ATTENDEES = "MeetingWithAttendees"
    NOT_PROVABLY_OURS = "NotProvablyOurs"
    REFUSED = "RefusedByOutlook"
    UNREADABLE = "Unreadable"
    NO_GRANT = "NoGrant"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftEvent:
    """An event that a cleanup leaves, and why."""

    event_id: EventId
    reason: LeftReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """The events of a mailbox that carry our extension: those to remove, and those to leave with the reason."""

    to_remove: tuple[CalendarEvent, ...]
    to_leave: tuple[LeftEvent, ...]


def sort_out(
    events: Sequence[CalendarEvent],
    pairs: Sequence[Pair],
    user: UserGuid,
    meetings: Meetings,
    left_before: Collection[EventId] = (),
    odd: Collection[EventId] = (),
) -> Sorted:
    """Say of each event whether it is provably ours and may go without anybody being mailed.

    Proof is our own note of it, its transaction id, or its extended property, unless two events hold the same value:
    a copy made by hand carries extension and property along, but never the transaction id.

    Safety: once the original is gone the copy alone holds the value. So what an earlier look left stays left, and a
    value that was another event's, by our notes, proves nothing. Nor does any while there are `odd` events, which
    could not be read: one of them may be the original.
    """
    ours = [pair for pair in pairs if pair.origin is Origin.SALESEXEC and pair.state is not PairState.UNLINKED]
    linked = {pair.event_id for pair in ours}
    held = Counter(event.property_value for event in events if event.property_value)
    here = {event.id for event in events}
    away = [pair for pair in pairs if pair.event_id is not None and pair.event_id not in here]
    held.update(property_value(pair.appointment, pair.generation) for pair in away)
    remove, leave = [], [LeftEvent(event_id=each, reason=LeftReason.UNREADABLE) for each in sorted(odd)]
    values = Counter[str]() if odd else held
    for event in events:
        if event.id in left_before or not (event.id in linked or _carries_proof(event, user, values)):
            leave.append(LeftEvent(event_id=event.id, reason=LeftReason.NOT_PROVABLY_OURS))
        elif event.has_attendees and meetings is Meetings.PROTECT:
            # Safety: deleting a meeting makes Exchange mail its attendees.
            leave.append(LeftEvent(event_id=event.id, reason=LeftReason.MEETING_WITH_ATTENDEES))
        else:
            remove.append(event)
    return Sorted(to_remove=tuple(remove), to_leave=tuple(leave))


def _carries_proof(event: CalendarEvent, user: UserGuid, held: Counter[str]) -> bool:
    if event.mark is None:
        return False
    appointment = event.mark.appointment
    generations = range(1, GENERATIONS_TRIED + 1)
    if event.transaction_id in {transaction_id(appointment, user, generation) for generation in generations}:
        return True
    values = {property_value(appointment, generation) for generation in generations}
    return event.property_value in values and held[event.property_value or ""] == 1
