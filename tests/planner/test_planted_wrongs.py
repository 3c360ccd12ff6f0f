"""The checks see what is planted: each wrong part, put in place of a sound one, turns the check of its promise red."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared_code.domain.changes import CrmChange
from shared_code.domain.decisions import Action
from shared_code.domain.events import CalendarEvent, EventContent
from shared_code.domain.fields import Field
from shared_code.domain.incoming import Step, agreed_pair, step_for_known, step_for_missing
from shared_code.domain.outgoing import Update, plan_update, updated_pair
from shared_code.domain.pairs import Pair
from tests.planner.checks import kind_of, played
from tests.planner.rounds import Parts
from tests.planner.shrinking import as_code, shrunk
from tests.planner.sides import Record, keeps, takes
from tests.planner.swapping import mirror_wrong, swappable
from tests.planner.written import written

SEEDS = range(400)


def outlook_forgets_places(event: CalendarEvent, content: EventContent) -> CalendarEvent:
    return keeps(event, replace(content, location=None))


def outlook_doubles_the_link(event: CalendarEvent, content: EventContent) -> CalendarEvent:
    kept = keeps(event, content)
    return replace(kept, body_html=kept.body_html.replace("</a>", '</a><a href="https://x.example">Show Lead</a>', 1))


def sales_exec_takes_all_fields(record: Record, change: CrmChange, at: datetime) -> Record:
    return takes(record, replace(change, changed=tuple(Field)), at)


def sales_exec_forgets_bodies(record: Record, change: CrmChange, at: datetime) -> Record:
    return takes(record, replace(change, changed=tuple(set(change.changed) - {Field.BODY})), at)


def nothing_is_agreed_after_a_push(*given: Any) -> Pair:
    done, before = updated_pair(*given), given[2]
    return replace(done, agreed=before.agreed)


def nothing_is_agreed_after_a_poll(*given: Any) -> Pair:
    return replace(agreed_pair(*given), agreed=given[0].agreed)


def a_plan_that_writes_everything(*given: Any) -> Update:
    appointment, event, pair, rules = given
    return plan_update(appointment, event, replace(pair, agreed={}), rules)


def a_plan_without_outlooks_edits(*given: Any) -> Update:
    update = plan_update(*given)
    return replace(update, edits_unseen=frozenset())


def a_plan_that_lets_the_loser_win(*given: Any) -> Update:
    update = plan_update(*given)
    lost = update.merge.lost_by_outlook
    merge = replace(update.merge, to_outlook=update.merge.to_outlook - lost, to_crm=update.merge.to_crm | lost)
    content = update.content
    for name, attribute in ((Field.SUBJECT, "subject"), (Field.LOCATION, "location"), (Field.SHOW_AS, "show_as")):
        kept: dict[str, Any] = {} if name not in lost else {attribute: None}
        content = replace(content, **kept)
    return replace(update, merge=merge, content=content)


def a_poll_that_is_deaf(*given: Any) -> Step | None:
    step = step_for_known(*given)
    return step if step is None or step.action is Action.DELETE_IN_SALESEXEC else replace(step, action=Action.NOTHING)


def a_poll_that_takes_nothing_for_gone(pair: Pair) -> Step:
    return replace(step_for_missing(pair), action=Action.NOTHING)


def a_poll_that_imports_everything(event: CalendarEvent, *_: Any) -> Step:
    return Step(action=Action.CREATE_IN_SALESEXEC, event=event, pair=None, changed=frozenset(Field))


PLANTED: list[tuple[Parts, str]] = [
    (Parts(keeps=outlook_forgets_places), "Outlook has another location"),
    (Parts(keeps=outlook_doubles_the_link), "the link to the lead is there 2 times, not 1"),
    (Parts(takes=sales_exec_takes_all_fields), "SalesExec has another subject"),
    (Parts(takes=sales_exec_forgets_bodies), "SalesExec has another body"),
    (Parts(updated=nothing_is_agreed_after_a_push), "it does not end"),
    (Parts(told=nothing_is_agreed_after_a_poll), "it does not end"),
    (Parts(plan=a_plan_that_writes_everything), "Outlook has another subject"),
    (Parts(plan=a_plan_without_outlooks_edits), "SalesExec has another subject"),
    (Parts(plan=a_plan_that_lets_the_loser_win), "Outlook has another subject"),
    (Parts(known=a_poll_that_is_deaf), "SalesExec has another subject"),
    (Parts(missing=a_poll_that_takes_nothing_for_gone), "an appointment lives in SalesExec"),
    (Parts(new=a_poll_that_imports_everything), "an appointment lives in SalesExec"),
    (Parts(spares_meetings=False), "somebody was mailed"),
    (Parts(spares_edits=False), "an appointment is lost in SalesExec"),
]


def _name(parts: Parts) -> str:
    sound = Parts()
    wrong = [each for each in Parts.__slots__ if getattr(parts, each) != getattr(sound, each)]
    part: Any = getattr(parts, wrong[0])
    return getattr(part, "__name__", f"nothing {wrong[0]}")


@pytest.mark.parametrize(("parts", "wrong"), PLANTED, ids=[_name(parts) for parts, _ in PLANTED])
def test_what_is_planted_is_seen(parts: Parts, wrong: str) -> None:
    seen = (kind_of(each) for seed in SEEDS for each in played(written(seed), parts).wrongs)

    assert wrong in seen


def test_a_plan_that_is_not_mirrored_is_seen() -> None:
    parts = Parts(plan=a_plan_that_lets_the_loser_win)
    alike = [case for case in map(swappable, map(written, SEEDS)) if case is not None]

    assert any(mirror_wrong(case, parts) for case in alike)


def test_a_time_that_is_none_is_seen_wherever_it_is_planned() -> None:
    def ends_early(*given: Any) -> Update:
        update = plan_update(*given)
        schedule: Any = update.content.schedule
        if not hasattr(schedule, "start_at"):
            return update
        early = replace(schedule, end_at=schedule.start_at - timedelta(hours=1))
        return replace(update, content=replace(update.content, schedule=early))

    seen = (kind_of(each) for seed in SEEDS for each in played(written(seed), Parts(plan=ends_early)).wrongs)

    assert "a time that is none was to be written" in seen


def test_a_case_that_fails_is_made_as_plain_as_it_can_be() -> None:
    parts = Parts(keeps=outlook_forgets_places)
    wrong = "Outlook has another location"
    case = next(each for each in map(written, SEEDS) if wrong in map(kind_of, played(each, parts).wrongs))

    plainest = shrunk(case, wrong, parts)

    assert wrong in map(kind_of, played(plainest, parts).wrongs)
    assert len(as_code(plainest)) <= len(as_code(case))
    assert "subject" not in as_code(plainest)
