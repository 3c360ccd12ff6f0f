"""Whose edit of a field must stand: the later one, where one side knew the other's; else that of the rep's choice."""

from collections.abc import Sequence

from shared_code.domain.preferences import ConflictWinner
from shared_code.domain.receipts import Outcome
from tests.engine.chronicle import REFUSED, TIME, Life, Mark
from tests.engine.world import Terms


def may_say(name: str, value: str, life: Life, event: Life, others: Sequence[Life], terms: Terms) -> str | None:
    """Return why the field may not have this value in the end, or None when it may."""
    ours, theirs = _last(name, life.edits), _last(name, event.edits)
    if ours is not None and life.ended_at is not None and life.ended_at > ours.number:
        # SalesExec called it off before its edit had arrived: what it said before has no say any more.
        return None
    earlier = {mark.value for other in others for mark in other.edits if mark.name == name}
    if value in earlier or _is_mixed(name, value, ours, theirs, earlier):
        return None
    if ours is None or theirs is None:
        only = ours or theirs
        return None if only is None or value == only.value else f"only {only.value} was said"
    winner = _winner(name, ours, theirs, life, event, terms)
    if winner is not None:
        if value == winner.value or (name == TIME and _shares(value, winner.value)):
            return None
        return f"{'SalesExec' if winner is ours else 'Outlook'} said {winner.value} and is later"
    if value in (ours.value, theirs.value) or (name == TIME and _is_mixture(value, ours.value, theirs.value)):
        return None
    return f"SalesExec said {ours.value}, Outlook {theirs.value}"


def _is_mixed(name: str, value: str, ours: Mark | None, theirs: Mark | None, earlier: set[str]) -> bool:
    """Tell whether SalesExec mixed two times, field by field, of which it had sent one and was told the other."""
    if name != TIME or ours is None:
        return False
    if value != ours.value and any(
        _is_mixture(value, ours.value, each) or _is_mixture_of_days(value, ours.value, each) for each in earlier
    ):
        return True
    return theirs is not None and _is_mixture_of_days(value, ours.value, theirs.value)


def _last(name: str, marks: Sequence[Mark]) -> Mark | None:
    return next((mark for mark in reversed(marks) if mark.name == name), None)


def _winner(name: str, ours: Mark, theirs: Mark, life: Life, event: Life, terms: Terms) -> Mark | None:
    """Return whose edit must stand, or None when either may."""
    knew = _who_knew(name, ours, theirs, life, event)
    chosen = _by_choice(ours, theirs, life, event, terms)
    if knew is not None:
        # Of a write that could not be noted nobody can tell whether Outlook's edit came after it, nor of what SalesExec
        # was being told whether its own did: the choice decides.
        return knew if not (life.write_not_noted or life.tell_not_noted) or chosen is knew else None
    if _was_refused(ours, life):
        # SalesExec was told that Outlook would not have it, and that nothing came of it.
        return None
    applied = [mark.number for mark in life.synced if mark.name == name and mark.number > ours.number]
    if applied and max([*(mark.number for mark in life.edits), *life.touched], default=0) > min(applied):
        # SalesExec itself took Outlook's word over its own before the push of its own was on its way.
        return None
    if applied and _came_too_late(ours, life):
        return None
    return chosen


def _came_too_late(ours: Mark, life: Life) -> bool:
    """Tell whether a push arrived when SalesExec had taken Outlook's word already, or never did.

    A reading of SalesExec's list brought that word first; or SalesExec gave up calling, as every answer was an error.
    """
    answer = life.answers.get(ours.stamp)
    return answer == Outcome.STALE.value or (answer is not None and answer not in (REFUSED, *Outcome))


def _was_refused(ours: Mark, life: Life) -> bool:
    """Tell whether the push that first brought an edit was refused, and none that brought it later was made."""
    later = [outcome for at, outcome in life.answers.items() if at > ours.stamp]
    return life.answers.get(ours.stamp) == REFUSED and not {"Created", "Updated", "Unchanged"}.intersection(later)


def _who_knew(name: str, ours: Mark, theirs: Mark, life: Life, event: Life) -> Mark | None:
    if any(_same(mark, name, ours) and ours.number < mark.number < theirs.number for mark in event.synced):
        return theirs
    if any(_same(mark, name, theirs) and theirs.number < mark.number < ours.number for mark in life.synced):
        return ours
    return None


def _same(mark: Mark, name: str, edit: Mark) -> bool:
    return mark.name == name and mark.value == edit.value


def _by_choice(ours: Mark, theirs: Mark, life: Life, event: Life, terms: Terms) -> Mark | None:
    """Return who wins by the rep's preference, where the stamps leave no doubt."""
    if terms.winner is ConflictWinner.SALESEXEC:
        return ours
    if terms.winner is ConflictWinner.OUTLOOK:
        return theirs
    if life.write_not_noted:
        # Nobody can tell the stamp of that write from the stamp of an edit.
        return None
    if ours.stamp >= max(event.stamps):
        return ours
    # Of an import whose note was lost only the appointment's latest time is known, also that of what it was told.
    told_at = [mark.stamp for mark in life.synced] if life.note_lost else []
    return theirs if theirs.stamp > max([*life.stamps, *told_at]) else None


def _parts(value: str) -> list[str]:
    return value.split(" ")


def _shares(value: str, winner: str) -> bool:
    said, won = _parts(value), _parts(winner)
    return said[0] == won[0] or said[1] == won[1]


def _is_mixture(value: str, one: str, other: str) -> bool:
    said, first, second = _parts(value), _parts(one), _parts(other)
    return said[0] in (first[0], second[0]) and said[1] in (first[1], second[1])


def _is_mixture_of_days(value: str, one: str, other: str) -> bool:
    said, first, second = _parts(value), _parts(one), _parts(other)
    if first[2] == second[2] or said[2] != "true":
        return False
    return all(said[place] in (first[place][:10], second[place][:10]) for place in (0, 1))
