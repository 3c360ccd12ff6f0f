"""The timer reaches everybody, spread over the interval, and nobody keeps another waiting."""

import itertools
from collections import Counter
from dataclasses import replace
from datetime import timedelta

from shared_code.use_cases.errors import ReconnectNeeded, Refused, TryAgainLater
from shared_code.use_cases.fan_out import SPREAD_OVER, poll_all
from shared_code.use_cases.ports import BATCH_SIZE, SHARDS, Poll, PollBatch, PollShard, Reconcile
from tests.builders import a_time, a_user
from tests.fakes.queue import FakeWorkQueue
from tests.use_cases.office import Office

HOUR = timedelta(hours=1)


def test_a_tick_sends_one_message_a_shard_evenly_spread(office: Office) -> None:
    queue = FakeWorkQueue()

    sent = poll_all(replace(office.ports, work=queue))

    delays = [delay for _, delay in queue.sent]
    gaps = {later - earlier for earlier, later in itertools.pairwise(delays)}
    assert sent == SHARDS == len({work.shard for work, _ in queue.sent if isinstance(work, PollShard)})
    assert delays[0] == timedelta(0)
    assert max(delays) < SPREAD_OVER
    assert max(gaps) - min(gaps) < timedelta(seconds=1)


def test_everybody_is_polled_once_a_tick_in_batches_of_one_shard(office: Office) -> None:
    reps = [office.hire(a_user()) for _ in range(130)]
    office.ran.clear()

    office.tick()

    batches = [work for work in office.ran if isinstance(work, PollBatch)]
    polled = Counter(user for batch in batches for user in batch.users)
    assert polled == Counter({rep.user: 1 for rep in reps})
    assert all(len(batch.users) <= BATCH_SIZE for batch in batches)
    assert all(rep.calendar.calls == ["since"] for rep in reps)


def test_one_calendar_in_trouble_leaves_its_batch_and_holds_up_nobody(office: Office) -> None:
    reps = [office.hire(a_user()) for _ in range(20)]
    troubles = [
        TryAgainLater("down", retry_after=HOUR),
        TryAgainLater("busy", retry_after=HOUR, throttled=True, is_about_the_mailbox=True),
        ReconnectNeeded("revoked"),
    ]
    for rep, trouble in zip(reps, troubles, strict=False):
        rep.graph.before("since", trouble, times=2)

    office.tick()

    polled = [office.polls.row(rep.user) for rep in reps[3:]]
    assert all(row is not None and row.last_poll_at is not None for row in polled)
    assert office.connection(reps[2].user).needs_reconnect
    assert all(rep.calendar.calls == ["since"] for rep in reps[3:])


def test_what_graph_refuses_for_one_rep_poisons_her_message_only(office: Office) -> None:
    anna, ben = office.hire(a_user()), office.hire(a_user())
    anna.graph.before("since", Refused("you may not"), times=100)

    office.tick()

    assert {work for work, _ in office.poisoned} == {Poll(user=anna.user)}
    assert ben.calendar.calls == ["since"]
    office.poisoned.clear()


def test_a_rep_who_must_wait_is_left_out_until_then(office: Office) -> None:
    anna = office.hire()
    anna.graph.throttle(3 * HOUR)
    office.tick()
    asked = anna.graph.asked

    office.pass_time(2 * HOUR)
    before = anna.graph.asked
    office.pass_time(2 * HOUR)

    assert before == asked
    assert anna.graph.asked > asked
    assert anna.graph.early == 0


def test_everybody_is_reconciled_once_a_day_each_at_an_hour_of_her_own(office: Office) -> None:
    reps = []
    for _ in range(6):
        reps.append(office.hire(a_user()))
        office.pass_time(4 * HOUR)
    office.ran.clear()

    times: Counter[tuple[int, str]] = Counter()
    for hour in range(48):
        office.pass_time(HOUR)
        for work in office.ran:
            if isinstance(work, Reconcile):
                times[(hour % 24, work.user)] += 1
        office.ran.clear()

    assert Counter(user for _, user in times.elements()) == Counter({rep.user: 2 for rep in reps})
    assert len({hour for hour, _ in times}) >= len(reps)


def test_a_paused_or_disconnected_rep_costs_no_request(office: Office) -> None:
    anna, ben, cleo = office.hire(a_user()), office.hire(a_user()), office.hire(a_user())
    office.set(anna.user, enabled=False)
    office.set(ben.user, needs_reconnect=True, told_to_reconnect=True)
    office.set(cleo.user, disconnected_at=office.clock.now())
    office.crm.listed.clear()

    office.pass_time(timedelta(days=2))

    assert anna.calendar.calls == ben.calendar.calls == cleo.calendar.calls == []


def test_a_day_of_polls_that_all_fail_does_not_pile_up_messages(office: Office) -> None:
    anna = office.hire()
    anna.calendar.add_by_hand(schedule=a_time())
    anna.graph.down_for(timedelta(days=1))

    office.pass_time(timedelta(hours=23))
    pending = [work for work in office.work.waiting if isinstance(work, Poll)]
    asked = anna.graph.asked
    office.pass_time(timedelta(hours=2))

    assert len(pending) <= 2
    assert asked <= 24 * 4 * 4
    assert len(office.active(anna)) == 1
