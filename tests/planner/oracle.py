"""What must come of a case, worked out from its three values and the promises alone, never by the code under test."""

from dataclasses import dataclass, field
from datetime import date

from shared_code.domain.appointments import ShowAs, Status
from shared_code.domain.preferences import ConflictWinner
from tests.planner.cases import Bond, Case
from tests.planner.values import (
    DEFAULT_REMINDER,
    FIELDS,
    TEXTS,
    TIMES,
    Said,
    View,
    days_of,
    days_out,
    schedule_of,
    view_of,
)

COUNTING = frozenset({"subject", "body", "location", *TIMES})
"""What an edit in Outlook must be of to keep the event from being deleted."""


@dataclass(frozen=True, slots=True)
class Row:
    """What each side did since both agreed: a row of the table of decisions."""

    crm: str
    outlook: str

    def __str__(self) -> str:
        return f"{self.crm} / {self.outlook}"


@dataclass(slots=True)
class Must:
    """What must come of it. A view of None: nothing is to be said of that side's fields.

    `crm_may` names what else a field may say in SalesExec, since a mask hides from it what Outlook says. `out` are the
    days that must be out of a series on both sides, `out_may` those that may be.
    """

    crm_lives: bool
    outlook_lives: bool
    crm: View | None = None
    outlook: View | None = None
    crm_may: dict[str, frozenset[str]] = field(default_factory=dict)
    reminder: int | None = DEFAULT_REMINDER
    conflicts: frozenset[str] = frozenset()
    untouched: bool = False
    out: frozenset[date] | None = None
    out_may: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Changes:
    """Which fields each side changed since it last knew of the other's, days taken out among them as `out`."""

    crm: frozenset[str]
    outlook: frozenset[str]


def changes_of(case: Case) -> Changes:
    """Compare both sides with what they had agreed on, or with what SalesExec knew of it when it spoke."""
    known, told = view_of(case.visible(case.agreed)), case.told
    base = known | {name: view_of(case.before)[name] for name in told} if case.before is not None else known
    crm = outlook = frozenset[str]()
    if case.crm is not None:
        said = view_of(case.crm)
        crm = frozenset(n for n in FIELDS if said[n] not in (base[n], known[n]))
        if case.crm.reminder not in (DEFAULT_REMINDER, case.agreed.reminder):
            crm |= {"reminder"}
        if set(_out(case.crm)) != set(_out_known_to_crm(case)):
            crm |= {"out"}
    if case.outlook is not None:
        shown = view_of(case.visible(case.outlook))
        outlook = frozenset(n for n in FIELDS if shown[n] != base[n] and n not in case.unnoted)
        if case.outlook.reminder != case.agreed.reminder and not _is_default_of_attempt(case):
            outlook |= {"reminder"}
        if set(_out(case.outlook)) != set(_out(case.agreed)) and not case.unnoted:
            outlook |= {"out"}
    return Changes(crm, outlook)


def _out(said: Said) -> frozenset[date]:
    return frozenset(days_out(schedule_of(said.when)))


def _out_known_to_crm(case: Case) -> frozenset[date]:
    return frozenset() if case.bond is Bond.ATTEMPT else _out(case.agreed)


def _is_default_of_attempt(case: Case) -> bool:
    return case.bond is Bond.ATTEMPT and case.agreed.reminder == DEFAULT_REMINDER


def row_of(case: Case) -> Row:
    """Return the row of the table that the case belongs to, whatever is planned of it."""
    changes = changes_of(case)
    crm = "deleted" if case.status is Status.CANCELED else "changed" if changes.crm else "none"
    gone = case.outlook is None or case.called_off
    outlook = "deleted" if gone else "changed" if changes.outlook - {"reminder"} else "none"
    if case.bond is Bond.NONE:
        return Row("created", "none") if case.outlook is None else Row("none", "created")
    if case.bond is Bond.GONE:
        return Row("deleted", "created")
    if case.bond is Bond.ATTEMPT:
        if crm == "changed" and outlook == "none":
            return Row("changed", "created")
        return Row("created", "created" if outlook == "none" else outlook)
    return Row(crm, outlook)


def crm_is_later(case: Case) -> bool:
    """Tell whether SalesExec wins a conflict: under Newest by the stamps, a tie included."""
    if case.winner is ConflictWinner.NEWEST:
        return case.crm_at >= (case.outlook_at or case.edited_at)
    return case.winner is ConflictWinner.SALESEXEC


def must_be(case: Case) -> Must:
    """Say what must come of a case."""
    row = row_of(case)
    if row.outlook == "created" and case.bond in (Bond.NONE, Bond.GONE):
        return _of_a_new_event(case)
    if case.status is Status.CANCELED:
        return _of_a_cancelled(case, row)
    if case.called_off:
        return Must(crm_lives=False, outlook_lives=True, untouched=True)
    if case.outlook is None:
        return _of_a_missing_event(case, row)
    return merged(case)


def _of_a_new_event(case: Case) -> Must:
    assert case.outlook is not None
    wanted = {each.casefold() for each in case.only_categories}
    refused = (
        (case.outlook.when.all_day and not case.import_all_day)
        or (case.outlook.show_as is ShowAs.FREE and not case.import_free)
        or (bool(wanted) and not wanted & {each.casefold() for each in case.categories})
        or (case.outlook.private and case.private_events == "Skip")
    )
    if refused:
        return Must(crm_lives=False, outlook_lives=True, untouched=True)
    shown = Case(from_outlook=True, busy_only=case.busy_only, private_events=case.private_events)
    view = view_of(shown.visible(case.outlook))
    return Must(crm_lives=True, outlook_lives=True, crm=view, outlook=view_of(case.outlook), untouched=True)


def _of_a_cancelled(case: Case, row: Row) -> Must:
    """SalesExec called it off: an edit that it has not seen keeps the event, and brings the appointment back."""
    if row.outlook == "deleted":
        return Must(crm_lives=False, outlook_lives=case.called_off)
    edits = changes_of(case).outlook
    told_first = case.polls_first or case.is_meeting
    if edits & (COUNTING | {"out"}) or (told_first and edits - {"reminder"}):
        return merged(case)
    if case.is_meeting:
        return Must(crm_lives=False, outlook_lives=True, untouched=True)
    return Must(crm_lives=False, outlook_lives=False)


def _of_a_missing_event(case: Case, row: Row) -> Must:
    """Have SalesExec's edit bring back what is gone from Outlook, unless SalesExec had taken the delete before."""
    crm = None if case.crm is None else view_of(case.crm)
    again = Must(crm_lives=True, outlook_lives=True, crm=crm, outlook=crm)
    if row.crm == "created":
        return again
    is_edited = case.pushed or row.crm == "changed"
    if is_edited and (not case.polls_first or case.status is Status.COMPLETED):
        return again
    return Must(crm_lives=case.status is Status.COMPLETED, outlook_lives=False)


def merged(case: Case) -> Must:
    """Merge field by field: one side's change stands, a conflict is its winner's, times that do not mix are one."""
    assert case.crm is not None
    assert case.outlook is not None
    changes, crm_first = changes_of(case), crm_is_later(case)
    ours, theirs = view_of(case.crm), view_of(case.visible(case.outlook))
    settled = {name for name in FIELDS if ours[name] == theirs[name]}
    crm, outlook = changes.crm - settled, changes.outlook - settled
    contested = {name for name in crm & outlook if name != "out"}
    from_crm = {name for name in crm if name not in contested or crm_first}
    told_of_days = case.polls_first and "out" in outlook and crm & set(TIMES)
    if told_of_days or _times_clash(crm, outlook, ours, theirs, from_crm):
        contested |= set(TIMES) - settled
        crm, outlook = crm | contested, outlook | contested
    from_crm = {name for name in crm if name not in contested or crm_first}
    if case.crm.reminder == DEFAULT_REMINDER or ("reminder" in contested and not crm_first):
        from_crm.discard("reminder")
    if case.is_meeting:
        return _of_a_meeting(case, changes, contested)
    true = view_of(case.outlook)
    final = {name: ours[name] if name in from_crm else true[name] for name in FIELDS}
    must = Must(crm_lives=True, outlook_lives=True, outlook=final, conflicts=frozenset(contested))
    must.crm = dict(final)
    must.out, must.out_may = _days(case, final)
    must.reminder = case.crm.reminder if "reminder" in from_crm else case.outlook.reminder
    if case.polls_first and {"reminder"} <= changes.crm & changes.outlook:
        must.reminder = DEFAULT_REMINDER  # a poll takes note of a reminder and tells nobody: either may stand
    hidden = Case(from_outlook=case.from_outlook, busy_only=case.busy_only, private_events=case.private_events)
    if hidden.hides(Said(private=final["private"] == "True")):
        masks = view_of(hidden.visible(Said(private=True)))
        for name in TEXTS:
            must.crm[name] = masks[name]
            must.crm_may[name] = (
                frozenset({ours[name]}) if name in changes.crm or name not in changes.outlook else frozenset()
            )
    return must


def _of_a_meeting(case: Case, changes: Changes, contested: set[str]) -> Must:
    """Nothing may be written: Outlook stays as it is, and what was edited there still reaches SalesExec."""
    assert case.crm is not None
    assert case.outlook is not None
    ours, theirs = view_of(case.crm), view_of(case.visible(case.outlook))
    crm = {name: theirs[name] for name in FIELDS if name in changes.outlook}
    may = {name: frozenset({ours[name], theirs[name]}) for name in FIELDS if name not in crm}
    must = Must(crm_lives=True, outlook_lives=True, crm=crm, crm_may=may, conflicts=frozenset(contested))
    must.untouched = True
    return must


def _times_clash(crm: frozenset[str], outlook: frozenset[str], ours: View, theirs: View, from_crm: set[str]) -> bool:
    """Tell whether the times that would come of it are none: days mixed with hours, a rule by halves, an early end."""
    if not (crm & set(TIMES) and outlook & set(TIMES)):
        return False
    if ours["all_day"] != theirs["all_day"] or ours["rule"] or theirs["rule"]:
        return True
    start, end = ((ours if name in from_crm else theirs)[name] for name in ("start", "end"))
    return end <= start if ours["all_day"] == "True" else end < start


def _days(case: Case, final: View) -> tuple[frozenset[date] | None, frozenset[date]]:
    """Compare the days taken out one by one: out where either side took it out, back where either side put it back.

    Outlook puts a day back only by a new rule, which nobody meant for that day; and where SalesExec was told of other
    days before its push arrived, that push puts none back: there either is right.
    """
    assert case.crm is not None
    assert case.outlook is not None
    if not final["rule"]:
        return frozenset(), frozenset()
    ours, theirs = _out(case.crm), _out(case.outlook)
    same = [each for each in (case.crm, case.outlook) if all(view_of(each)[name] == final[name] for name in TIMES)]
    if not case.crm.when.repeats:
        return theirs, frozenset()
    known = _out_known_to_crm(case) if case.outlook.when.repeats else frozenset()
    days = {day for each in same for day in days_of(each.when)}
    all_out = {day for day in ours | theirs if day in days}
    out = {day for day in all_out if (day in ours and day in theirs) or day not in known}
    may = {day for day in all_out if day in known and day in ours and day not in theirs}
    if case.polls_first:
        may |= {day for day in all_out if day in known}
    return frozenset(out - may), frozenset(may)
