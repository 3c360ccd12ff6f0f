"""Whose last word on an appointment's life must stand, and what of a meeting must have arrived: for all who judge."""

from collections.abc import Iterator, Sequence

from shared_code.use_cases.remove_appointment import EDITS_THAT_COUNT
from tests.engine.chronicle import TIME, UNIQUE, Life, View

COUNTING = {TIME, *(field.value for field in EDITS_THAT_COUNT)}
"""The fields whose edit in Outlook keeps an event from being deleted."""


def must_live(life: Life, lives: Sequence[Life]) -> bool:
    """Tell whether nobody deleted the appointment, or somebody surely edited it after the only delete.

    `lives` are those of the events that it has or had.
    """
    deleted = [each.ended_at for each in lives if each.ended_at is not None and not each.ended_by_engine]
    if life.cancelled_for_outlook_at is not None:
        # A push that is older than the delete which SalesExec has applied does not undo it.
        deleted.append(life.cancelled_for_outlook_at)
    # Who changes an appointment that is called off, and leaves it so, contradicts no delete.
    edited = max((mark.number for mark in life.edits if mark.number not in life.moot), default=0)
    if life.ended_at is None:
        return all(edited > at for at in deleted)
    if life.revived_at is not None and life.revived_at > life.ended_at:
        return all(life.revived_at > at for at in deleted)
    if deleted or life.moved_at is not None:
        return False
    if len(lives) == 1 and lives[0].ended_by_engine:
        # Cancelled, revived and cancelled again: a second delete takes an edit along that refused the first.
        return life.revived_at is None and _was_news(life, lives[0])
    edits = [mark for each in lives if each.ended_at is None for mark in each.edits if mark.name in COUNTING]
    return any(mark.number > life.ended_at for mark in edits)


def _was_news(life: Life, event: Life) -> bool:
    """Tell whether the engine removed an event with an edit that stood there and that SalesExec had never seen."""
    known = {(mark.name, mark.value) for mark in (*life.synced, *life.edits)}
    standing = {mark.name: mark for mark in sorted((*event.synced, *event.edits), key=lambda mark: mark.number)}
    return any(
        mark in event.edits and mark.name in COUNTING and (mark.name, mark.value) not in known
        for mark in standing.values()
    )


def must_be_gone(life: Life, lives: Sequence[Life]) -> bool:
    """Tell whether the last word was a delete that nobody contradicted."""
    if any(each.invited_at for each in lives) or life.moved_at is not None:
        return False
    if life.ended_at is not None and (life.revived_at is None or life.revived_at < life.ended_at):
        if life.brought_back_at is not None and life.brought_back_at > life.ended_at:
            # An edit that counts for nothing was on its way already, and brought the appointment back.
            return False
        seen = {(mark.name, mark.value) for mark in life.synced if mark.number < life.ended_at}
        return all(
            (mark.name, mark.value) in seen or mark.name not in COUNTING for each in lives for mark in each.edits
        )
    deleted = [each for each in lives if each.ended_at is not None and not each.ended_by_engine]
    if not deleted or len(lives) > 1:
        return False
    ended_at = deleted[0].ended_at or 0
    written = {(mark.name, mark.value) for mark in deleted[0].synced if mark.number < ended_at}
    arrived = all((mark.name, mark.value) in written for mark in life.edits)
    return arrived and bool(ended_at) and all(number < ended_at for number in life.touched)


def holds_news(life: Life, event: Life) -> bool:
    """Tell whether an event has an edit that counts and that SalesExec never saw."""
    known = {(mark.name, mark.value) for mark in life.synced}
    return any(mark.name in COUNTING and (mark.name, mark.value) not in known for mark in event.edits)


def silences(life: Life, meeting: Life, others: Sequence[Life], said: View, shown: View) -> Iterator[str]:
    """Nothing may be written to a meeting, so what SalesExec says cannot arrive; what Outlook says still does.

    Nor can what was said in one of its `others`: events that the appointment had besides, for a while.
    """
    if life.moved_at is not None:
        return
    elsewhere = {(mark.name, mark.value) for other in others for mark in other.edits}
    for name in UNIQUE:
        if (name, said[name]) in elsewhere:
            continue
        last = next((mark for mark in reversed(life.edits) if mark.name == name), None)
        # An older push that came late, and was not known to be, may have written over it before it became a meeting.
        written = next((mark for mark in reversed(meeting.synced) if mark.name == name), None)
        arrived = last is None or (written is not None and written.value == last.value and written.number > last.number)
        was_before = last is None or last.number < (meeting.invited_at or 0)
        if arrived and was_before and said[name] != shown[name]:
            yield f"a meeting's {name} did not reach SalesExec: {said[name]} is not {shown[name]}"
