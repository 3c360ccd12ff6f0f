"""Whatever the rule: the same days on both sides, or a refusal."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from shared_code.domain.recurrence import (
    At,
    PatternedRecurrence,
    Recurrence,
    RecurrenceRefused,
    SeriesStart,
    TimedStart,
    canonical,
    fit,
    occurrences,
    read,
    rule_of,
    slot_on,
    write,
)
from shared_code.domain.schedules import AllDay, Timed, Window
from tests.domain.recurrence.outlook_days import outlook_days
from tests.domain.recurrence.patterns_to_try import patterned_series
from tests.domain.recurrence.rules_to_try import Case, cases, first_of, wild_cases

EXAMPLES = 2000
YEARS = timedelta(days=5 * 365 + 2)
SEED = 20261122
type Instants = list[datetime]


def judged(text: str, first: datetime) -> Instants:
    """Return the starts over five years as python-dateutil has them: UTC, or midnights of an all-day series."""
    horizon = first + YEARS
    starts: Instants = []
    for at in rrulestr(text, dtstart=first):
        if at > horizon:
            break
        starts.append(at if first.tzinfo is None else at.astimezone(UTC))
    return starts


def held(series: PatternedRecurrence, start: SeriesStart) -> Instants:
    """Return the starts over five years as Outlook has them."""
    days = outlook_days(series, start.day + YEARS)
    return [slot_on(start, day).at or datetime(day.year, day.month, day.day) for day in days]  # noqa: DTZ001 - a day


def within(starts: Instants, first: datetime) -> Instants:
    """Cut what lies in the last two days, where zones could tell the two judges apart."""
    horizon = first + YEARS - timedelta(days=2)
    return [at for at in starts if at < horizon]


def rounded(case: Case) -> PatternedRecurrence:
    """Take a rule to Outlook and back, and let both judges look; RecurrenceRefused when it cannot be held."""
    series = fit(read([f"RRULE:{case.text}"]).rule, case.start)
    back = write(Recurrence(rule=rule_of(series, case.start)))[0].removeprefix("RRULE:")
    asked = within(judged(case.judged, case.first), case.first)
    assert asked
    assert within(judged(back, case.first), case.first) == asked
    assert within(held(series, case.start), case.first) == asked
    return series


def searched(request: pytest.FixtureRequest, law: Callable[[Case], None], source: st.SearchStrategy[Case]) -> None:
    """Try the law on many cases, and print the seed with which the same ones come again."""
    chosen = int(request.config.getoption("--hypothesis-seed", default=None) or SEED)
    reporter = request.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None:
        reporter.write_line(f"{request.node.name}: {EXAMPLES} rules, --hypothesis-seed={chosen}")
    seed(chosen)(settings(max_examples=EXAMPLES, deadline=None)(given(source)(law)))()


def test_what_outlook_can_hold_names_the_same_instants_there_and_back_over_five_years(
    request: pytest.FixtureRequest,
) -> None:
    def law(case: Case) -> None:
        try:
            rounded(case)
        except RecurrenceRefused as refused:
            # The two reasons that such a rule can still have: an end before its start, a yearly 29 February.
            assert refused.part == "UNTIL" or case.start.day.day == 29, f"{case}: {refused}"  # noqa: PT017

    searched(request, law, cases())


def test_any_other_rule_is_refused_or_exact(request: pytest.FixtureRequest) -> None:
    ends: Counter[str] = Counter()

    def law(case: Case) -> None:
        try:
            rounded(on_its_rule(case))
            ends["exact"] += 1
        except RecurrenceRefused as refused:
            ends["refused" if refused.part and refused.instead else "refused without a word"] += 1
            ends["refused for its start"] += refused.at is At.START

    searched(request, law, wild_cases())
    assert ends.pop("refused for its start") == 0
    assert set(ends) == {"exact", "refused"}, ends
    assert min(ends.values()) > EXAMPLES // 20, ends


def on_its_rule(case: Case) -> Case:
    """Return the case with the start that the refusal of its own start names as the nearest."""
    try:
        fit(read([f"RRULE:{case.text}"]).rule, case.start)
    except RecurrenceRefused as refused:
        found = re.search(r"nearest start that is: \w+, ([0-9-]+)", refused.instead)
        if refused.at is not At.START or found is None:
            raise
        day = date.fromisoformat(found[1])
        if isinstance(case.start, TimedStart):
            moved = replace(case.start, wall=datetime.combine(day, case.start.wall.time()))
            return replace(case, start=moved)
        return replace(case, start=replace(case.start, day=day))
    return case


@given(patterned_series())
def test_what_outlook_holds_is_told_to_salesexec_day_for_day(
    held_in_outlook: tuple[PatternedRecurrence, TimedStart],
) -> None:
    series, start = held_in_outlook

    text = write(Recurrence(rule=rule_of(series, start)))[0].removeprefix("RRULE:")

    first = first_of(start)
    assert within(judged(text, first), first) == within(held(series, start), first)


@given(cases())
def test_the_canonical_form_is_its_own_canonical_form_and_names_the_same_days(case: Case) -> None:
    recurrence = read([f"RRULE:{case.text}"])
    try:
        once = canonical(recurrence, case.start)
    except RecurrenceRefused:
        return

    again = canonical(read(write(once)), case.start)

    assert again == once
    text = write(once)[0].removeprefix("RRULE:")
    assert judged(text, case.first) == judged(case.judged, case.first)


@given(cases(), st.integers(-10, 1500), st.integers(1, 60))
def test_a_window_shows_what_the_whole_series_has_there(case: Case, opens: int, lasts: int) -> None:
    recurrence = read([f"RRULE:{case.text}"])
    opens_at = datetime(case.start.day.year, case.start.day.month, case.start.day.day, 7, tzinfo=UTC) + timedelta(
        days=opens
    )
    window = Window(start_at=opens_at, end_at=opens_at + timedelta(days=lasts))

    seen = [occurrence.schedule for occurrence in occurrences(recurrence, case.start, window)]

    every = [_schedule(case.start, at) for at in judged(case.judged, case.first)]
    assert seen == [schedule for schedule in every if window.overlaps(schedule)]


def _schedule(start: SeriesStart, at: datetime) -> Timed | AllDay:
    """Return the occurrence that starts then: an hour long, ending at the same hour of the clock all year round."""
    if not isinstance(start, TimedStart):
        return AllDay(first_day=at.date(), day_after=at.date() + timedelta(days=1))
    wall = at.astimezone(start.zone).replace(tzinfo=None)
    ends_at = (wall + timedelta(hours=1)).replace(tzinfo=start.zone).astimezone(UTC)
    if wall.time() != start.wall.time():
        ends_at = at + timedelta(hours=1)
    return Timed(start_at=at, end_at=ends_at, zone=start.zone.key)
