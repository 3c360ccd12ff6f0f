"""Strategies: series as Outlook can hold them, also those that begin on a day that their pattern does not name."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from shared_code.domain.recurrence import (
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
    TimedStart,
    Weekday,
    Weekly,
)
from tests.domain.recurrence.rules_to_try import ZONES

_INTERVAL = st.integers(1, 14)
_MONTH = st.integers(1, 12)
_DAY = st.one_of(st.integers(1, 31), st.integers(28, 31))
_DAYS = st.frozensets(st.sampled_from(Weekday), min_size=1)
_INDEX = st.sampled_from(DayIndex)

PATTERNS: st.SearchStrategy[Pattern] = st.one_of(
    st.builds(Daily, interval=_INTERVAL),
    st.builds(Weekly, interval=_INTERVAL, days=_DAYS, first_day_of_week=st.sampled_from(Weekday)),
    st.builds(AbsoluteMonthly, interval=_INTERVAL, day=_DAY),
    st.builds(RelativeMonthly, interval=_INTERVAL, days=_DAYS, index=_INDEX),
    st.builds(AbsoluteYearly, interval=st.integers(1, 3), month=_MONTH, day=_DAY),
    st.builds(RelativeYearly, interval=st.integers(1, 3), month=_MONTH, days=_DAYS, index=_INDEX),
)


@st.composite
def patterned_series(draw: st.DrawFn) -> tuple[PatternedRecurrence, TimedStart]:
    """Draw a series and its start in a zone."""
    first = draw(st.dates(date(2023, 1, 1), date(2031, 12, 31)))
    wall = datetime.combine(first, time(draw(st.integers(0, 23)), 30))
    start = TimedStart(wall=wall, zone=ZoneInfo(draw(st.sampled_from(ZONES))), lasts=timedelta(hours=1))
    ends: st.SearchStrategy[Range] = st.one_of(
        st.just(Endless()),
        st.builds(Numbered, occurrences=st.integers(1, 50)),
        st.builds(EndsOn, last_day=st.dates(first, first + timedelta(days=2500))),
    )
    return PatternedRecurrence(pattern=draw(PATTERNS), first_day=first, range=draw(ends)), start
