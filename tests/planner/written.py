"""Cases written out of a seed."""

from dataclasses import replace
from random import Random
from typing import Any

from shared_code.domain.appointments import ShowAs, Status
from shared_code.domain.preferences import ConflictWinner, Meetings, PrivateEvents
from tests.planner.cases import Bond, Case, Link
from tests.planner.values import DEFAULT_REMINDER, TEXTS, Said, When

LAST_DAY = 18
A_DAY = 24 * 60
_REMINDERS = (10, 30, None, 0)
_SHOWS = tuple(ShowAs)
_WHO_EDITS = ((50, 14, 14, 8, 14), (50, 14, 14, 8, 14), (65, 35, 0, 0, 0), (65, 0, 35, 0, 0), (1, 0, 0, 0, 0))
"""How often a field is edited by nobody, SalesExec, Outlook, both alike, both differently: one row for each case."""


def written(seed: int) -> Case:
    """Return the case of a seed."""
    return Writer(Random(f"case|{seed}")).case()  # noqa: S311 - a case, not a secret


class Writer:
    """Writes one case; every value that it makes up is new."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._made = 0

    def case(self) -> Case:
        """Return a case."""
        dice = self._dice
        bond = dice.choices(list(Bond), weights=(80, 8, 8, 4))[0]
        terms = self._terms(bond)
        if bond is Bond.NONE:
            only_crm = dice.random() < 0.4
            said = self._said()
            sides = replace(terms, agreed=said, crm=said if only_crm else None, outlook=None if only_crm else said)
            return replace(sides, from_outlook=False, pushed=only_crm, outlook_at=0 if only_crm else 3, attendees=False)
        agreed = self._said()
        if bond is Bond.GONE:
            other = self._said()
            return replace(terms, agreed=agreed, crm=agreed, outlook=other, status=Status.CANCELED, outlook_at=3)
        if bond is Bond.ATTEMPT:
            agreed = replace(agreed, when=replace(agreed.when, out=()))
        return self._with_sides(replace(terms, agreed=agreed))

    def _terms(self, bond: Bond) -> Case:
        dice = self._dice
        from_outlook = bond is Bond.LINKED and dice.random() < 0.35
        attendees = bond is Bond.LINKED and dice.random() < 0.15
        lead = dice.choice((0, 1, 1, 1, 2))
        return Case(
            bond=bond,
            polls_first=dice.random() < 0.4,
            from_outlook=from_outlook,
            winner=dice.choice((ConflictWinner.NEWEST, *ConflictWinner)),
            private_events=dice.choice((PrivateEvents.FULL, *PrivateEvents)),
            busy_only=dice.random() < 0.15,
            only_categories=("Sales", "Leads") if dice.random() < 0.3 else (),
            categories=dice.choice(((), ("sales",), ("Private",))),
            import_all_day=dice.random() < 0.7,
            import_free=dice.random() < 0.7,
            attendees=attendees,
            meetings=dice.choice(tuple(Meetings)),
            lead=lead,
            agreed_lead=lead if dice.random() < 0.8 else dice.choice((0, 1, 2)),
            lead_link=dice.random() < 0.85,
            link=dice.choice((Link.END, Link.END, *Link)),
            skew=dice.choice((0, 0, 10, -10)),
        )

    def _with_sides(self, case: Case) -> Case:
        dice, agreed = self._dice, case.agreed
        known = case.visible(agreed)
        fate = dice.random()
        gone = fate < 0.12
        cancelled = case.bond is Bond.LINKED and (0.08 < fate < 0.2)
        crm, outlook = self._edits(known, agreed, case, edits_crm=not cancelled)
        if case.is_meeting and crm.when != agreed.when and (crm.when.repeats or outlook.when.repeats):
            # What SalesExec says of a meeting stays its own; with half of Outlook's it might be a rule of no day.
            outlook = replace(outlook, when=agreed.when)
        case = replace(case, crm=crm, outlook=None if gone else outlook)
        if gone:
            # Another link alone would have the daily reading push what nobody edited, and make the event again.
            case = replace(case, lead=case.agreed_lead, lead_link=True)
        if cancelled:
            case = replace(case, status=Status.CANCELED, lead=case.agreed_lead)
        elif case.bond is Bond.LINKED and dice.random() < 0.1:
            case = replace(case, status=Status.COMPLETED)
        if case.is_meeting and not gone and dice.random() < 0.15:
            case = replace(case, called_off=True, status=Status.PENDING)
        case = self._stamped(case, edited=outlook != agreed)
        if case.polls_first and crm.when != known.when and (outlook.when.out or agreed.when.out or crm.when.out):
            # A list of days that is told while SalesExec moves the series fits neither: that race is left out here.
            case = replace(case, polls_first=outlook.when == agreed.when and case.polls_first)
        roll = dice.random()
        plain = case.bond is Bond.LINKED and not (gone or cancelled or case.from_outlook or case.is_meeting)
        if plain and roll < 0.15:
            return self._with_the_one_before(case)
        if plain and roll < 0.25:
            return self._with_an_unnoted_write(case)
        return case

    def _stamped(self, case: Case, *, edited: bool) -> Case:
        dice = self._dice
        changed = case.crm != case.visible(case.agreed) or case.status is Status.CANCELED or case.bond is Bond.ATTEMPT
        changed |= case.lead != case.agreed_lead
        pushed = dice.random() < (0.92 if changed else 0.4)
        at = dice.randrange(1, 20) if changed or pushed else 0
        touched = edited or case.called_off or dice.random() < 0.2
        outlook_at = dice.choice((at, *range(1, 20))) or 1
        return replace(
            case,
            pushed=pushed,
            polls_first=case.polls_first and (pushed or not changed),
            crm_at=at,
            outlook_at=outlook_at if touched else 0,
        )

    def _with_the_one_before(self, case: Case) -> Case:
        """Have SalesExec take Outlook's word for some fields while its push, which is older, was on the way."""
        dice = self._dice
        if case.crm is None or not case.pushed:
            return case
        before, crm = case.agreed, case.crm
        names = dice.sample(("subject", "body", "location", "when", "show_as"), dice.randrange(1, 3))
        for name in names:
            other = self._another(name, case.agreed)
            if name == "when":
                other = replace(other, out=case.agreed.when.out) if other.repeats else other
                if not _is_same_series(other, case.agreed.when):
                    other = replace(other, out=()) if not case.agreed.when.out else case.agreed.when
            before = replace(before, **{name: other})
            if getattr(crm, name) == getattr(case.agreed, name):
                crm = replace(crm, **{name: other})
            elif name == "when":
                crm = replace(crm, when=self._another_when(other))
        before, crm, outlook = self._without_half_ways(case, before, crm)
        case = replace(case, outlook=outlook)
        edited_at = dice.randrange(1, 20)
        outlook_at = 31 + case.outlook_at if case.outlook_at else 0
        if case.outlook != case.agreed:
            # Of what SalesExec said, only the last is remembered: with one more telling this push would be older still.
            case = replace(case, polls_first=False)
        crm_at = dice.choice((edited_at, *range(1, 30)))
        case = replace(case, crm_at=crm_at, edited_at=edited_at, told_at=30, outlook_at=outlook_at)
        return replace(case, before=before, crm=crm)

    def _without_half_ways(self, case: Case, before: Said, crm: Said) -> tuple[Said, Said, Said | None]:
        """Leave out what nobody can tell: what Outlook put back to what it was before, days out of a moved series."""
        agreed, outlook = case.agreed, case.outlook
        if before.when != agreed.when and (agreed.when.out or before.when.out or crm.when.out):
            before, crm = replace(before, when=agreed.when), replace(crm, when=agreed.when)
        if outlook is not None and before.when != agreed.when:
            outlook = replace(outlook, when=agreed.when)
        if outlook is not None and crm.show_as is not before.show_as is outlook.show_as:
            outlook = replace(outlook, show_as=agreed.show_as)
        return before, crm, outlook

    def _with_an_unnoted_write(self, case: Case) -> Case:
        """Have a push die after it wrote some fields, before it could note that it did."""
        dice = self._dice
        if case.outlook is None or case.crm is None or not case.pushed or case.outlook.when.out != case.agreed.when.out:
            return case
        names = dice.sample(TEXTS, dice.randrange(1, 3))
        outlook, crm = case.outlook, case.crm
        for name in names:
            wrote = self._another(name, case.agreed)
            outlook = replace(outlook, **{name: wrote})
            crm = replace(crm, **{name: wrote if dice.random() < 0.5 else self._another(name, case.agreed)})
        return replace(case, outlook=outlook, crm=crm, unnoted=tuple(sorted(names)), outlook_at=case.outlook_at or 1)

    def _edits(self, known: Said, agreed: Said, case: Case, *, edits_crm: bool) -> tuple[Said, Said]:
        """Edit both sides field by field: neither, one of them, both alike, both differently."""
        dice = self._dice
        crm, outlook = known, agreed
        modes = ("none", "crm", "outlook", "alike", "both")
        weights = dice.choice(
            ((50, 14, 14, 8, 14), (50, 14, 14, 8, 14), (65, 35, 0, 0, 0), (65, 0, 35, 0, 0), (1, 0, 0, 0, 0))
        )
        for name in ("subject", "body", "when", "location", "show_as", "private", "reminder"):
            mode = dice.choices(modes, weights=weights)[0]
            value = self._another(name, agreed)
            if mode in ("crm", "alike", "both") and edits_crm:
                crm = replace(crm, **{name: value})
            if mode == "both":
                value = self._another(name, agreed)
            if mode in ("outlook", "alike", "both"):
                if name == "when":
                    value = self._in_outlook(agreed.when, value, alike=mode == "alike")
                    crm = replace(crm, when=value) if mode == "alike" and edits_crm else crm
                if name == "reminder" and value == DEFAULT_REMINDER:
                    continue
                outlook = replace(outlook, **{name: value})
        if not edits_crm:
            crm = known
        if case.from_outlook and crm.reminder == DEFAULT_REMINDER:
            crm = replace(crm, reminder=known.reminder)
        return crm, outlook

    def _said(self) -> Said:
        return Said(
            subject=self._text("Call"),
            body=self._body(),
            when=self._when(),
            location=self._text("Room"),
            show_as=self._dice.choice(_SHOWS),
            private=self._dice.random() < 0.2,
            reminder=self._dice.choice(_REMINDERS),
        )

    def _text(self, word: str) -> str:
        self._made += 1
        return f"{word} {self._made}"

    def _body(self) -> str:
        if self._dice.random() < 0.3:
            return f"{self._text('Bring')} / {self._text('Join Teams')}"
        return self._text("Bring") if self._dice.random() < 0.9 else ""

    def _another(self, name: str, held: Said) -> Any:
        dice = self._dice
        if name == "when":
            return self._another_when(held.when)
        if name == "body":
            return self._text("Words")
        if name in TEXTS:
            return self._text("New")
        if name == "private":
            return not held.private
        if name == "show_as":
            return dice.choice([each for each in _SHOWS if each is not held.show_as])
        return dice.choice([each for each in (*_REMINDERS, DEFAULT_REMINDER) if each != held.reminder])

    def _when(self) -> When:
        dice = self._dice
        all_day = dice.random() < 0.25
        start = dice.randrange(LAST_DAY) if all_day else dice.randrange(LAST_DAY) * A_DAY + 15 * dice.randrange(8)
        end = start + (dice.randrange(1, 3) if all_day else 15 * dice.randrange(1, 9))
        when = When(start=start, end=end, all_day=all_day)
        if dice.random() < 0.35:
            when = self._repeating(when)
            if dice.random() < 0.4:
                when = replace(when, out=self._numbers(when))
        return when

    def _repeating(self, when: When) -> When:
        dice = self._dice
        repeats = dice.choice(("daily", "weekly", "monthly"))
        zone = dice.choice(("UTC", "America/Chicago", "Europe/Berlin"))
        end = when.start + 1 if when.all_day else when.end
        times = dice.randrange(4, 8)
        return replace(when, end=end, repeats=repeats, times=times, zone="UTC" if when.all_day else zone)

    def _numbers(self, when: When) -> tuple[int, ...]:
        return tuple(sorted(self._dice.sample(range(1, when.times), self._dice.randrange(1, 3))))

    def _another_when(self, held: When) -> When:
        """Return another time: moved, longer, shorter, of another kind, of another rule, with other days out."""
        dice = self._dice
        kind = dice.choice(("move", "move", "start", "end", "kind", "days", "rule", "day_off", "day_back"))
        if kind == "kind":
            return self._turned(held)
        if kind == "rule":
            return (
                replace(held, repeats="", out=())
                if held.repeats and dice.random() < 0.4
                else self._repeating(replace(held, out=()))
            )
        if kind == "day_off" and held.repeats:
            return replace(held, out=tuple(sorted({*held.out, *self._numbers(held)})))
        if kind == "day_back" and held.out:
            return replace(held, out=held.out[1:])
        if kind == "days":
            step = dice.randrange(1, 4) * (1 if held.all_day else A_DAY)
            return replace(held, start=held.start + step, end=held.end + step, out=())
        return self._moved(held, kind)

    def _moved(self, held: When, kind: str) -> When:
        dice = self._dice
        if held.all_day:
            step = dice.randrange(1, 3)
            start = held.start + step
            if held.repeats:
                return replace(held, start=start, end=start + 1, out=())
            return replace(held, end=held.end + step) if kind == "end" else replace(held, start=start, end=start + 2)
        step = 15 * dice.randrange(1, 12)
        if kind == "end":
            return replace(held, end=held.end + step if dice.random() < 0.6 else held.start)
        if kind == "start":
            earlier = replace(held, start=held.start - step)
            return earlier if dice.random() < 0.5 else replace(held, start=held.end)
        return replace(held, start=held.start + step, end=held.end + step)

    def _turned(self, held: When) -> When:
        """Return whole days for hours, or hours for whole days."""
        if held.all_day:
            start = held.start * A_DAY
            return When(start=start, end=start + 60, repeats=held.repeats, times=held.times)
        day = max(0, held.start // A_DAY)
        return When(start=day, end=day + 1, all_day=True, repeats=held.repeats, times=held.times)

    def _in_outlook(self, held: When, wanted: When, *, alike: bool) -> When:
        """Return a time as a rep can give it to an event: a day that is out comes back by a new rule only."""
        if wanted.repeats and _is_same_series(held, wanted) and not set(held.out) <= set(wanted.out):
            return held if alike else replace(wanted, out=held.out)
        return wanted


def _is_same_series(one: When, other: When) -> bool:
    """Tell whether both have the same days."""
    if (one.repeats, one.times, one.all_day, one.zone) != (other.repeats, other.times, other.all_day, other.zone):
        return False
    size = 1 if one.all_day else A_DAY
    return bool(one.repeats) and one.start // size == other.start // size
