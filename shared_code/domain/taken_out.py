"""Days taken out of a series: each side may take out others, so they are compared one by one, never as one field."""

from dataclasses import dataclass
from datetime import date, datetime

from shared_code.domain.pairs import Pair
from shared_code.domain.schedules import Schedule, Series
from shared_code.domain.series import has_day, removed_days


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOut:
    """What a push means for the days taken out of a series.

    `wanted`: what is to be out of it in Outlook afterwards; `unseen`: what was taken out there and SalesExec has yet to
    be told of; `restores`: SalesExec put a day back, which Outlook can do only by beginning its series anew.
    """

    wanted: frozenset[date] = frozenset()
    unseen: frozenset[date] = frozenset()
    restores: bool = False

    @property
    def agreed(self) -> frozenset[date]:
        """The days of which both sides know once the push is made."""
        return self.wanted - self.unseen


def days_to_take_out(said: Schedule, held: Schedule, pair: Pair, modified_at: datetime, into: Schedule) -> TakenOut:
    """Compare what SalesExec says with what Outlook holds, given what both knew, for the series that will be there.

    Safety: a push that SalesExec made before it was told of a day taken out in Outlook does not put it back. Nor does
    one that it made before it took out a single day itself, and that comes later, perhaps for the second time.
    """
    if not isinstance(into, Series) or not isinstance(said, Series):
        return TakenOut(wanted=removed_days(into), unseen=removed_days(into) - pair.removed)
    theirs, ours, both = removed_days(held), said.removed, pair.removed
    # What SalesExec was told since took the days that it had out by itself away there: it is told of them once more.
    unseen = (theirs | ours if pair.was_told_of_days_since(modified_at) else theirs - ours) - both
    kept = both & theirs if is_older_than_days_out(pair, modified_at) else frozenset()
    wanted = frozenset(day for day in ours | unseen | kept if has_day(into, day))
    restored = (theirs & both) - wanted
    return TakenOut(wanted=wanted, unseen=unseen & wanted, restores=any(has_day(into, day) for day in restored))


def is_older_than_days_out(pair: Pair, modified_at: datetime) -> bool:
    """Tell whether SalesExec said something before it knew of all days that are out, or took one of them out itself."""
    is_late = pair.taken_out_at is not None and modified_at < pair.taken_out_at
    return is_late or pair.was_told_of_days_since(modified_at)


def has_news(held: Schedule, pair: Pair) -> bool:
    """Tell whether other days are taken out in Outlook than SalesExec knows of.

    Safety: a push that died may have left half of its days out; what Outlook says then is not somebody's edit.
    """
    return isinstance(held, Series) and pair.claim is None and held.removed != pair.removed
