"""What is kept of a rep who disconnected, and for how long."""

from dataclasses import replace
from datetime import timedelta

from shared_code.domain.connections import Connection
from shared_code.use_cases.forget_rep import KEPT_FOR, forget_rep, keep_for_a_while
from shared_code.use_cases.ports import Forget, Ports
from tests.builders import ANNA, NOW, a_connection, a_mailbox, a_mailbox_key, a_pair
from tests.fakes.clock import FakeClock
from tests.fakes.ports import fake_ports
from tests.fakes.queue import FakeWorkQueue

FORGET_AT = NOW + KEPT_FOR


def disconnected(ports: Ports) -> Connection:
    """Return Anna's connection, ended now, with one pair kept."""
    connection = ports.connections.save(a_connection(disconnected_at=NOW))
    pair = a_pair()
    ports.pairs.save(pair)
    ports.holders.claim(pair.appointment, ANNA)
    return connection


def test_everything_is_kept_for_thirty_days() -> None:
    clock = FakeClock(NOW)
    ports = fake_ports(clock=clock)
    connection = disconnected(ports)
    clock.move(KEPT_FOR - timedelta(seconds=1))

    done = forget_rep(Forget(user=ANNA, book=connection.book, due_at=FORGET_AT), ports)

    assert done == {"kept": 1}
    assert len(ports.pairs.all_of(connection.book)) == 1


def test_after_thirty_days_nothing_is_left() -> None:
    clock = FakeClock(NOW)
    ports = fake_ports(clock=clock)
    connection = disconnected(ports)
    clock.move(KEPT_FOR)

    forget_rep(Forget(user=ANNA, book=connection.book, due_at=FORGET_AT), ports)

    assert ports.pairs.all_of(connection.book) == []
    assert ports.holders.get(a_pair().appointment) is None
    assert ports.connections.get(ANNA) is None


def test_a_rep_who_came_back_with_the_same_mailbox_keeps_everything() -> None:
    clock = FakeClock(NOW)
    ports = fake_ports(clock=clock)
    connection = disconnected(ports)
    ports.connections.save(replace(connection, disconnected_at=None))
    clock.move(KEPT_FOR)

    done = forget_rep(Forget(user=ANNA, book=connection.book, due_at=FORGET_AT), ports)

    assert done == {"is_back": 1}
    assert len(ports.pairs.all_of(connection.book)) == 1


def test_a_rep_who_came_back_and_left_again_is_kept_from_the_second_leaving() -> None:
    clock = FakeClock(NOW)
    ports = fake_ports(clock=clock)
    connection = disconnected(ports)
    ports.connections.save(replace(connection, disconnected_at=NOW + timedelta(days=20)))
    clock.move(KEPT_FOR)

    done = forget_rep(Forget(user=ANNA, book=connection.book, due_at=FORGET_AT), ports)

    assert done == {"is_back": 1}


def test_a_rep_who_came_back_with_another_mailbox_keeps_that_one() -> None:
    clock = FakeClock(NOW)
    ports = fake_ports(clock=clock)
    connection = disconnected(ports)
    ports.connections.save(replace(connection, disconnected_at=None, mailbox=a_mailbox(key=a_mailbox_key())))
    clock.move(KEPT_FOR)

    forget_rep(Forget(user=ANNA, book=connection.book, due_at=FORGET_AT), ports)

    assert ports.pairs.all_of(connection.book) == []
    assert ports.connections.get(ANNA) is not None


def test_the_message_is_delayed_as_far_as_a_queue_can_and_goes_on_from_there() -> None:
    clock, work = FakeClock(NOW), FakeWorkQueue()
    ports = fake_ports(clock=clock, work=work)
    keep_for_a_while(disconnected(ports), ports)
    delays = []

    while work.sent:
        forget, delay = work.sent.pop()
        assert isinstance(forget, Forget)
        delays.append(delay)
        clock.move(delay)
        forget_rep(forget, ports)

    assert sum(delays, timedelta()) == KEPT_FOR
    assert max(delays) < timedelta(days=7)
    assert ports.connections.get(ANNA) is None


def test_an_appointment_that_she_has_again_with_another_mailbox_stays_hers() -> None:
    clock = FakeClock(NOW)
    ports = fake_ports(clock=clock)
    old = disconnected(ports)
    new = ports.connections.save(replace(old, disconnected_at=None, mailbox=a_mailbox(key=a_mailbox_key())))
    ports.pairs.save(a_pair(book=new.book))
    clock.move(KEPT_FOR)

    forget_rep(Forget(user=ANNA, book=old.book, due_at=FORGET_AT), ports)

    holder = ports.holders.get(a_pair().appointment)
    assert holder is not None
    assert holder.user == ANNA
