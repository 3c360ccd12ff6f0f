"""The plan of a case, and the case with its sides swapped, of which the plan must be the mirror."""

from dataclasses import dataclass, replace

from shared_code.domain.appointments import Status
from shared_code.domain.decisions import Action, Change, decide
from shared_code.domain.fields import ONE_WAY_FIELDS, Field
from shared_code.domain.outgoing import Update
from shared_code.domain.pairs import changed_in_crm, changed_in_outlook
from shared_code.domain.preferences import ConflictWinner
from tests.planner.cases import Bond, Case, opened
from tests.planner.oracle import changes_of
from tests.planner.rounds import SOUND, Parts
from tests.planner.values import Said

MIRRORED = {
    Action.NOTHING: Action.NOTHING,
    Action.CHANGE_IN_OUTLOOK: Action.CHANGE_IN_SALESEXEC,
    Action.DELETE_IN_OUTLOOK: Action.DELETE_IN_SALESEXEC,
    Action.CREATE_AGAIN_IN_OUTLOOK: Action.CREATE_AGAIN_IN_SALESEXEC,
    Action.CHANGE_IN_SALESEXEC: Action.CHANGE_IN_OUTLOOK,
    Action.DELETE_IN_SALESEXEC: Action.DELETE_IN_OUTLOOK,
    Action.CREATE_AGAIN_IN_SALESEXEC: Action.CREATE_AGAIN_IN_OUTLOOK,
    Action.MERGE: Action.MERGE,
    Action.FORGET: Action.FORGET,
}
_OTHER = {
    ConflictWinner.NEWEST: ConflictWinner.NEWEST,
    ConflictWinner.SALESEXEC: ConflictWinner.OUTLOOK,
    ConflictWinner.OUTLOOK: ConflictWinner.SALESEXEC,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to happen, and which fields go which way; `lost` by SalesExec and by Outlook."""

    action: Action
    to_outlook: frozenset[Field] = frozenset()
    to_crm: frozenset[Field] = frozenset()
    lost_by_crm: frozenset[Field] = frozenset()
    lost_by_outlook: frozenset[Field] = frozenset()

    @property
    def mirrored(self) -> "Plan":
        """Return the same for exchanged sides."""
        return Plan(
            action=MIRRORED[self.action],
            to_outlook=self.to_crm,
            to_crm=self.to_outlook,
            lost_by_crm=self.lost_by_outlook,
            lost_by_outlook=self.lost_by_crm,
        )


def swappable(case: Case) -> Case | None:
    """Return the part of a case in which both sides are alike, or None.

    Masks, meetings, reminders and days taken out are not: each is a matter of one side. Nor is a tie of the stamps.
    """
    plain = case.bond is Bond.LINKED and not (case.from_outlook or case.attendees or case.before or case.unnoted)
    if not plain or case.crm is None or case.status is Status.COMPLETED:
        return None
    if case.status is Status.PENDING and case.outlook is not None:
        tied = case.winner is ConflictWinner.NEWEST and case.crm_at == case.outlook_at
        changes = changes_of(case)
        if tied and changes.crm and changes.outlook:
            return None
    agreed, crm = _alike(case.agreed), _alike(case.crm)
    outlook = None if case.outlook is None else _alike(case.outlook)
    return replace(case, agreed=agreed, crm=crm, outlook=outlook, pushed=True)


def _alike(said: Said) -> Said:
    return replace(said, reminder=10, when=replace(said.when, out=()))


def swapped(case: Case) -> Case:
    """Return the case with its sides exchanged; what is deleted on the one side is deleted on the other."""
    assert case.crm is not None
    crm_is_gone = case.status is Status.CANCELED
    return replace(
        case,
        crm=case.agreed if case.outlook is None else case.outlook,
        outlook=None if crm_is_gone else case.crm,
        status=Status.CANCELED if case.outlook is None else Status.PENDING,
        crm_at=case.outlook_at,
        outlook_at=case.crm_at,
        winner=_OTHER[case.winner],
    )


def planned(case: Case, parts: Parts = SOUND) -> Plan:
    """Return what is planned of a linked case as it stands, before anything is done."""
    desk = opened(case)
    pair, event, push = desk.pair, desk.event, desk.in_flight
    assert pair is not None
    assert push is not None
    crm, calendar = Change.DELETED, Change.DELETED
    if push.status is not Status.CANCELED:
        changed = changed_in_crm(pair.agreed, desk.rules.told(push), push.modified_at)
        crm = Change.CHANGED if changed else Change.NONE
    if event is not None:
        edited = changed_in_outlook(pair.agreed, desk.rules.seen(event, pair.origin)) - ONE_WAY_FIELDS
        calendar = Change.CHANGED if edited else Change.NONE
    action = decide(crm=crm, calendar=calendar)
    if event is None or push.status is Status.CANCELED:
        return Plan(action=action)
    update: Update = parts.plan(push, event, pair, desk.rules)
    merge = update.merge
    return Plan(
        action=action,
        to_outlook=merge.to_outlook,
        to_crm=merge.to_crm,
        lost_by_crm=merge.lost_by_crm,
        lost_by_outlook=merge.lost_by_outlook,
    )


def mirror_wrong(case: Case, parts: Parts = SOUND) -> str | None:
    """Return what is not mirrored when the sides are exchanged; None when it all is."""
    one, other = planned(case, parts), planned(swapped(case), parts)
    return None if other == one.mirrored else f"the plan is not mirrored: {one} became {other}"
