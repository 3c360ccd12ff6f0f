"""Series: RFC 5545 on one side, Outlook's patterns on the other, and the same days on both or a refusal."""

from shared_code.domain.recurrence.fitting import fit
from shared_code.domain.recurrence.instances import first_start, occurrences, slot_named, slots_named
from shared_code.domain.recurrence.patterns import (
    AbsoluteMonthly,
    AbsoluteYearly,
    Daily,
    DayIndex,
    Endless,
    EndsOn,
    Numbered,
    Pattern,
    PatternedRecurrence,
    Range,
    RelativeMonthly,
    RelativeYearly,
    Weekly,
    rule_of,
)
from shared_code.domain.recurrence.refusals import At, RecurrenceRefused
from shared_code.domain.recurrence.rfc5545 import read, write
from shared_code.domain.recurrence.rules import Day, Instant, Moment, Recurrence, Rule, Wall, Weekday
from shared_code.domain.recurrence.slots import (
    AllDayStart,
    Occurrence,
    SeriesStart,
    Slot,
    TimedStart,
    occurrence_on,
    slot_on,
    starting,
)
from shared_code.domain.recurrence.translation import (
    OutlookSeries,
    canonical,
    canonical_of_outlook,
    to_outlook,
    to_rfc5545,
)

__all__ = [
    "AbsoluteMonthly", "AbsoluteYearly", "AllDayStart", "At", "Daily", "Day", "DayIndex", "Endless", "EndsOn",
    "Instant", "Moment", "Numbered", "Occurrence", "OutlookSeries", "Pattern", "PatternedRecurrence", "Range",
    "Recurrence", "RecurrenceRefused", "RelativeMonthly", "RelativeYearly", "Rule", "SeriesStart", "Slot",
    "TimedStart", "Wall", "Weekday", "Weekly", "canonical", "canonical_of_outlook", "first_start", "fit",
    "occurrence_on", "occurrences", "read", "rule_of", "slot_named", "slot_on", "slots_named", "starting",
    "to_outlook", "to_rfc5545", "write",
]  # fmt: skip
