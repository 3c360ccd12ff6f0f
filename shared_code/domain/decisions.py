"""What to do about a pair: each side is reduced to a change against what both last agreed on, a table decides."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared_code.domain.fields import TIME_FIELDS, Canonical, Field
from shared_code.domain.preferences import ConflictWinner


class Change(StrEnum):
    """What one side did since both sides agreed."""

    NONE = "none"
    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"


class Action(StrEnum):
    """What must happen so that both sides agree again."""

    NOTHING = "nothing"
    CREATE_IN_OUTLOOK = "create in Outlook"
    CHANGE_IN_OUTLOOK = "change in Outlook"
    DELETE_IN_OUTLOOK = "delete in Outlook"
    CREATE_IN_SALESEXEC = "create in SalesExec"
    CHANGE_IN_SALESEXEC = "change in SalesExec"
    DELETE_IN_SALESEXEC = "delete in SalesExec"
    CREATE_AGAIN_IN_OUTLOOK = "create again in Outlook"
    CREATE_AGAIN_IN_SALESEXEC = "create again in SalesExec"
    MERGE = "merge field by field"
    ADOPT = "adopt: link the two that exist"
    FORGET = "forget the pair"


DECISIONS: dict[tuple[Change, Change], Action] = {
    # SalesExec first, then Outlook.
    (Change.NONE, Change.NONE): Action.NOTHING,
    (Change.NONE, Change.CREATED): Action.CREATE_IN_SALESEXEC,
    (Change.NONE, Change.CHANGED): Action.CHANGE_IN_SALESEXEC,
    (Change.NONE, Change.DELETED): Action.DELETE_IN_SALESEXEC,
    (Change.CREATED, Change.NONE): Action.CREATE_IN_OUTLOOK,
    (Change.CREATED, Change.CREATED): Action.ADOPT,
    (Change.CREATED, Change.CHANGED): Action.ADOPT,
    (Change.CREATED, Change.DELETED): Action.CREATE_AGAIN_IN_OUTLOOK,
    (Change.CHANGED, Change.NONE): Action.CHANGE_IN_OUTLOOK,
    (Change.CHANGED, Change.CREATED): Action.ADOPT,
    (Change.CHANGED, Change.CHANGED): Action.MERGE,
    (Change.CHANGED, Change.DELETED): Action.CREATE_AGAIN_IN_OUTLOOK,
    (Change.DELETED, Change.NONE): Action.DELETE_IN_OUTLOOK,
    (Change.DELETED, Change.CREATED): Action.CREATE_IN_SALESEXEC,
    (Change.DELETED, Change.CHANGED): Action.CREATE_AGAIN_IN_SALESEXEC,
    (Change.DELETED, Change.DELETED): Action.FORGET,
}


def decide(*, crm: Change, calendar: Change) -> Action:
    """Return what must happen for this pair of changes."""
    return DECISIONS[crm, calendar]


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Which fields go which way; `lost_by_crm` and `lost_by_outlook` name real conflicts and who gave way.

    `settled` are the fields on which both sides say the same by now, whoever changed them.
    """

    to_outlook: frozenset[Field]
    to_crm: frozenset[Field]
    settled: frozenset[Field] = frozenset()
    lost_by_crm: frozenset[Field] = frozenset()
    lost_by_outlook: frozenset[Field] = frozenset()


def crm_wins(winner: ConflictWinner, *, crm_modified_at: datetime, outlook_modified_at: datetime) -> bool:
    """Tell who wins a conflict; under `Newest` a tie goes to SalesExec."""
    if winner is ConflictWinner.NEWEST:
        return crm_modified_at >= outlook_modified_at
    return winner is ConflictWinner.SALESEXEC


def merge_fields(
    *,
    crm_changed: frozenset[Field],
    outlook_changed: frozenset[Field],
    crm_fields: Canonical,
    outlook_fields: Canonical,
    crm_wins_conflicts: bool,
) -> Merge:
    """Let every field changed on one side only travel; the same field changed to different values is a conflict.

    The times are one thing when the mixture would be none (an end before its start, days mixed with hours).
    """
    settled = frozenset(
        name for name in crm_changed | outlook_changed if crm_fields.get(name) == outlook_fields.get(name)
    )
    crm_changed, outlook_changed = crm_changed - settled, outlook_changed - settled
    contested = crm_changed & outlook_changed
    from_crm = crm_changed if crm_wins_conflicts else crm_changed - contested
    if _times_clash(crm_changed, outlook_changed, from_crm, crm_fields, outlook_fields):
        contested |= TIME_FIELDS & (crm_changed | outlook_changed)
    for_outlook, for_crm = crm_changed - contested, outlook_changed - contested
    if crm_wins_conflicts:
        return Merge(to_outlook=for_outlook | contested, to_crm=for_crm, settled=settled, lost_by_outlook=contested)
    return Merge(to_outlook=for_outlook, to_crm=for_crm | contested, settled=settled, lost_by_crm=contested)


def _times_clash(
    crm_changed: frozenset[Field],
    outlook_changed: frozenset[Field],
    from_crm: frozenset[Field],
    crm_fields: Canonical,
    outlook_fields: Canonical,
) -> bool:
    if not (crm_changed & TIME_FIELDS and outlook_changed & TIME_FIELDS):
        return False
    if crm_fields[Field.IS_ALL_DAY] != outlook_fields[Field.IS_ALL_DAY]:
        return True
    if crm_fields.get(Field.RECURRENCE) or outlook_fields.get(Field.RECURRENCE):
        # A rule counts from the start of its series: half of each would name days that nobody meant.
        return True
    start = crm_fields[Field.START] if Field.START in from_crm else outlook_fields[Field.START]
    end = crm_fields[Field.END] if Field.END in from_crm else outlook_fields[Field.END]
    is_all_day = crm_fields[Field.IS_ALL_DAY] == "true"
    return end <= start if is_all_day else end < start
