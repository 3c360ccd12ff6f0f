"""Strategies: rules that Outlook can hold and rules of every other kind, with starts and ends."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from hypothesis import assume
from hypothesis import strategies as st

from shared_code.domain.recurrence import AllDayStart, SeriesStart, TimedStart

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
ZONES = (
    "UTC", "Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles", "Asia/Kolkata",
    "Pacific/Auckland", "Australia/Lord_Howe", "America/Nuuk", "Africa/Casablanca",
)  # fmt: skip


_DATES = st.dates(date(2023, 1, 1), date(2031, 12, 31))


@dataclass(frozen=True)
class Case:
    """A rule in text with its start, and the same rule as the judge can read it (UNTIL as an instant)."""

    text: str
    judged: str
    start: SeriesStart

    @property
    def first(self) -> datetime:
        """The start as dateutil wants it: aware for a timed series, else midnight without a zone."""
        return first_of(self.start)


def first_of(start: SeriesStart) -> datetime:
    """Return DTSTART for dateutil."""
    if isinstance(start, TimedStart):
        return start.wall.replace(tzinfo=start.zone)
    return datetime.combine(start.day, time())


def _joined(*parts: str) -> str:
    return ";".join(part for part in parts if part)


def _by_day(days: list[str]) -> str:
    return f"BYDAY={','.join(days)}" if days else ""


def _subset(least: int = 1) -> st.SearchStrategy[str]:
    days = st.lists(st.sampled_from(WEEKDAYS), min_size=least, max_size=7, unique=True)
    return days.map(_by_day)


def _interval(most: int) -> st.SearchStrategy[str]:
    return st.one_of(st.just(""), st.integers(1, most).map(lambda number: f"INTERVAL={number}"))


_MONTH = st.integers(1, 12).map(lambda month: f"BYMONTH={month}")
_WKST = st.sampled_from(["", *(f"WKST={day}" for day in WEEKDAYS)])
_PLACE = st.sampled_from([1, 2, 3, 4, -1])
_ONE_OF_MONTH = st.one_of(
    st.integers(1, 28).map(lambda day: f"BYMONTHDAY={day}"),
    st.just("BYMONTHDAY=-1"),
    st.sampled_from([29, 30, 31]).map(lambda d: f"BYMONTHDAY={','.join(map(str, range(28, d + 1)))};BYSETPOS=-1"),
    st.builds(lambda place, day: f"BYDAY={place}{day}", _PLACE, st.sampled_from(WEEKDAYS)),
    st.builds(lambda days, place: f"{days};BYSETPOS={place}", _subset(), _PLACE),
)
BODIES = st.one_of(
    st.builds(lambda n: _joined("FREQ=DAILY", n), _interval(40)),
    st.builds(lambda days: _joined("FREQ=DAILY", days), _subset()),
    st.builds(lambda n, days, wkst: _joined("FREQ=WEEKLY", n, days, wkst), _interval(10), _subset(0), _WKST),
    st.builds(lambda n, day: _joined("FREQ=MONTHLY", n, day), _interval(24), _ONE_OF_MONTH),
    st.builds(lambda n, month, day: _joined("FREQ=YEARLY", n, month, day), _interval(4), _MONTH, _ONE_OF_MONTH),
    st.builds(lambda n: _joined("FREQ=YEARLY", n), _interval(4)),
)
"""Rules that Outlook holds exactly; the last, by its first day alone, unless that is 29 February."""


def _list(name: str, values: st.SearchStrategy[int], most: int) -> st.SearchStrategy[str]:
    lists = st.lists(values, max_size=most, unique=True)
    return lists.map(lambda chosen: f"{name}={','.join(map(str, chosen))}" if chosen else "")


_PLACES = st.sampled_from(["", "", "", "BYSETPOS=1", "BYSETPOS=-1", "BYSETPOS=2", "BYSETPOS=5", "BYSETPOS=1,-1"])
_BLOCKS = [
    "BYMONTHDAY=29", "BYMONTHDAY=30", "BYMONTHDAY=31", "BYMONTHDAY=30,31;BYSETPOS=-1", "BYMONTHDAY=1,2,3,4,5,6,7",
    "BYMONTHDAY=8,9,10,11,12,13,14", "BYMONTHDAY=-1,-2,-3,-4,-5,-6,-7", "BYMONTHDAY=24,25,26,27,28,29,30,31",
]  # fmt: skip
_ANY_DAY = st.builds(
    lambda nth, day: f"{nth or ''}{day}",
    st.sampled_from([0, 0, 0, 1, 2, 3, 4, 5, -1, -2, -5]),
    st.sampled_from(WEEKDAYS),
)
WILD_BODIES = st.builds(
    _joined,
    st.sampled_from(["FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=MONTHLY", "FREQ=YEARLY", "FREQ=YEARLY"]),
    st.sampled_from(["", "", "INTERVAL=2", "INTERVAL=3", "INTERVAL=4", "INTERVAL=12"]),
    _list("BYMONTH", st.integers(1, 12), 2),
    st.one_of(
        st.just(""),
        _list("BYMONTHDAY", st.one_of(st.integers(1, 31), st.integers(-31, -1), st.integers(27, 31)), 4),
        st.sampled_from(_BLOCKS),
    ),
    st.one_of(st.just(""), st.lists(_ANY_DAY, min_size=1, max_size=3, unique=True).map(_by_day)),
    _PLACES,
    _WKST,
)  # fmt: skip
"""Rules of every kind, most of which Outlook cannot hold."""


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Draw a rule that Outlook can hold, a start that is an instance of it, and an end."""
    body = draw(BODIES)
    first = next(iter(rrulestr(body, dtstart=datetime.combine(draw(_DATES), time()))))
    return _case(draw, body, first.date())


@st.composite
def wild_cases(draw: st.DrawFn) -> Case:
    """Draw any rule at all, with any start."""
    body = draw(WILD_BODIES)
    assume(body.count("BYSETPOS") < 2)
    return _case(draw, body, draw(_DATES))


def _case(draw: st.DrawFn, body: str, first: date) -> Case:
    start: SeriesStart = AllDayStart(day=first)
    if draw(st.integers(0, 4)):
        minutes = draw(st.sampled_from([0, 30, 90, 120, 150, 179, 540, 1020, 1380, 1410, 1439]))
        wall = datetime.combine(first, time()) + timedelta(minutes=minutes)
        start = TimedStart(wall=wall, zone=ZoneInfo(draw(st.sampled_from(ZONES))), lasts=timedelta(hours=1))
    text, judged = _end(draw, start)
    return Case(text=_joined(body, text), judged=_joined(body, judged), start=start)


def _end(draw: st.DrawFn, start: SeriesStart) -> tuple[str, str]:
    """Return how the rule ends, as sent and as the judge reads it."""
    kind = draw(st.sampled_from(["", "", "COUNT", "DATE", "WALL", "INSTANT"]))
    if kind == "COUNT":
        count = f"COUNT={draw(st.integers(1, 60))}"
        return count, count
    if kind == "":
        return "", ""
    days = draw(st.integers(0, 2500))
    last = start.day + timedelta(days=days)
    if isinstance(start, AllDayStart) or kind == "DATE":
        return f"UNTIL={last:%Y%m%d}", _instant(start, datetime.combine(last, time(23, 59, 59)))
    shift = draw(st.sampled_from([timedelta(0), timedelta(seconds=-1), timedelta(seconds=1), timedelta(hours=5)]))
    wall = datetime.combine(last, start.wall.time()) + shift
    instant = _instant(start, wall)
    if kind == "INSTANT":
        return instant, instant
    # As wall time it includes the day whose clocks show no later hour, even where they skip it.
    end_of_day = last if shift >= timedelta(0) else last - timedelta(days=1)
    until = datetime.combine(end_of_day, start.wall.time())
    return f"UNTIL={wall:%Y%m%dT%H%M%S}", _instant(start, until)


def _instant(start: SeriesStart, wall: datetime) -> str:
    if isinstance(start, AllDayStart):
        return f"UNTIL={wall:%Y%m%dT%H%M%S}"
    return f"UNTIL={wall.replace(tzinfo=start.zone).astimezone(UTC):%Y%m%dT%H%M%SZ}"
