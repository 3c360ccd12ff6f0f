"""The table of decisions and the merging of fields."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from shared_code.domain.decisions import DECISIONS, Action, Change, decide, merge_fields
from shared_code.domain.fields import Field

NAMES = list(Field)
BASE = dict.fromkeys(NAMES, "same") | {
    Field.START: "2026-11-24T10:00:00Z",
    Field.END: "2026-11-24T11:00:00Z",
    Field.IS_ALL_DAY: "false",
    Field.RECURRENCE: "",
}


def test_every_pair_of_changes_is_decided() -> None:
    assert set(DECISIONS) == set(itertools.product(Change, Change))


def test_when_nothing_changed_nothing_is_done() -> None:
    assert decide(crm=Change.NONE, calendar=Change.NONE) is Action.NOTHING


def test_an_edit_beats_a_delete_on_either_side() -> None:
    assert decide(crm=Change.CHANGED, calendar=Change.DELETED) is Action.CREATE_AGAIN_IN_OUTLOOK
    assert decide(crm=Change.DELETED, calendar=Change.CHANGED) is Action.CREATE_AGAIN_IN_SALESEXEC


def test_what_both_deleted_is_forgotten() -> None:
    assert decide(crm=Change.DELETED, calendar=Change.DELETED) is Action.FORGET


def test_different_fields_both_survive() -> None:
    merge = merge_fields(
        crm_changed=frozenset({Field.BODY}),
        outlook_changed=frozenset({Field.SUBJECT}),
        crm_fields=BASE | {Field.BODY: "crm"},
        outlook_fields=BASE | {Field.SUBJECT: "outlook"},
        crm_wins_conflicts=True,
    )

    assert merge.to_outlook == {Field.BODY}
    assert merge.to_crm == {Field.SUBJECT}
    assert not merge.lost_by_crm | merge.lost_by_outlook


def test_the_same_change_on_both_sides_is_no_conflict() -> None:
    merge = merge_fields(
        crm_changed=frozenset({Field.SUBJECT}),
        outlook_changed=frozenset({Field.SUBJECT}),
        crm_fields=BASE | {Field.SUBJECT: "new"},
        outlook_fields=BASE | {Field.SUBJECT: "new"},
        crm_wins_conflicts=False,
    )

    assert merge.settled == {Field.SUBJECT}
    assert not merge.to_outlook | merge.to_crm


def test_a_new_start_and_a_new_end_that_fit_are_both_kept() -> None:
    merge = merge_fields(
        crm_changed=frozenset({Field.START}),
        outlook_changed=frozenset({Field.END}),
        crm_fields=BASE | {Field.START: "2026-11-24T09:00:00Z"},
        outlook_fields=BASE | {Field.END: "2026-11-24T12:00:00Z"},
        crm_wins_conflicts=False,
    )

    assert merge.to_outlook == {Field.START}
    assert merge.to_crm == {Field.END}


def test_a_mixture_that_would_end_before_it_starts_is_a_conflict() -> None:
    merge = merge_fields(
        crm_changed=frozenset({Field.START}),
        outlook_changed=frozenset({Field.END}),
        crm_fields=BASE | {Field.START: "2026-11-24T13:00:00Z"},
        outlook_fields=BASE | {Field.END: "2026-11-24T10:30:00Z"},
        crm_wins_conflicts=True,
    )

    assert merge.to_outlook == {Field.START, Field.END}
    assert merge.lost_by_outlook == {Field.START, Field.END}


@st.composite
def two_sides(draw: st.DrawFn) -> tuple[dict[Field, str], dict[Field, str], frozenset[Field], frozenset[Field]]:
    texts = [name for name in NAMES if name not in (Field.START, Field.END, Field.IS_ALL_DAY)]
    crm_changed = draw(st.frozensets(st.sampled_from(texts)))
    outlook_changed = draw(st.frozensets(st.sampled_from(texts)))
    crm = BASE | {name: draw(st.sampled_from(["x", "y"])) for name in sorted(crm_changed)}
    outlook = BASE | {name: draw(st.sampled_from(["x", "y"])) for name in sorted(outlook_changed)}
    return crm, outlook, crm_changed, outlook_changed


@given(two_sides(), st.booleans())
def test_swapping_the_sides_mirrors_the_merge(
    sides: tuple[dict[Field, str], dict[Field, str], frozenset[Field], frozenset[Field]], crm_wins: bool
) -> None:
    crm, outlook, crm_changed, outlook_changed = sides

    one = merge_fields(
        crm_changed=crm_changed,
        outlook_changed=outlook_changed,
        crm_fields=crm,
        outlook_fields=outlook,
        crm_wins_conflicts=crm_wins,
    )
    other = merge_fields(
        crm_changed=outlook_changed,
        outlook_changed=crm_changed,
        crm_fields=outlook,
        outlook_fields=crm,
        crm_wins_conflicts=not crm_wins,
    )

    assert (one.to_outlook, one.to_crm) == (other.to_crm, other.to_outlook)


@given(two_sides(), st.booleans())
def test_after_a_merge_both_sides_say_the_same_and_no_uncontested_edit_is_lost(
    sides: tuple[dict[Field, str], dict[Field, str], frozenset[Field], frozenset[Field]], crm_wins: bool
) -> None:
    crm, outlook, crm_changed, outlook_changed = sides

    merge = merge_fields(
        crm_changed=crm_changed,
        outlook_changed=outlook_changed,
        crm_fields=crm,
        outlook_fields=outlook,
        crm_wins_conflicts=crm_wins,
    )
    after_outlook = outlook | {name: crm[name] for name in merge.to_outlook}
    after_crm = crm | {name: outlook[name] for name in merge.to_crm}

    assert after_outlook == after_crm
    for name in crm_changed - outlook_changed:
        assert after_crm[name] == crm[name]
    for name in outlook_changed - crm_changed:
        assert after_outlook[name] == outlook[name]


def test_half_of_a_series_times_is_never_mixed_with_the_others_half() -> None:
    merge = merge_fields(
        crm_changed=frozenset({Field.START}),
        outlook_changed=frozenset({Field.RECURRENCE}),
        crm_fields=BASE | {Field.START: "2026-11-24T09:00:00Z", Field.RECURRENCE: "RRULE:FREQ=DAILY"},
        outlook_fields=BASE | {Field.RECURRENCE: "RRULE:FREQ=WEEKLY"},
        crm_wins_conflicts=False,
    )

    assert merge.to_outlook == frozenset()
    assert merge.to_crm == merge.lost_by_crm == {Field.START, Field.RECURRENCE}
