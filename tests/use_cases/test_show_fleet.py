"""How everybody's sync is doing."""

from dataclasses import replace
from datetime import timedelta

from shared_code.domain.connections import ConnectionState, LastError
from shared_code.use_cases.errors import OperatorNeeded, TryAgainLater
from shared_code.use_cases.postponing import delay_for
from shared_code.use_cases.show_fleet import show_fleet
from tests.builders import ANNA, BEN, NOW, a_connection, a_mailbox, a_mailbox_key, a_pair
from tests.fakes.clock import FakeClock
from tests.fakes.ports import fake_ports


def test_counts_by_state_and_who_needs_a_person() -> None:
    ports = fake_ports(clock=FakeClock(NOW))
    ports.connections.save(a_connection(needs_reconnect=True))
    ports.connections.save(a_connection(user=BEN, mailbox=a_mailbox(key=a_mailbox_key()), connected_at=NOW))

    fleet = show_fleet(ports)

    assert fleet.by_state[ConnectionState.RECONNECT_NEEDED] == 1
    assert fleet.by_state[ConnectionState.CONNECTED] == 1
    assert [each.user for each in fleet.needy] == [ANNA]
    assert "sign in" in fleet.needy[0].why


def test_a_rep_whose_deletes_are_held_needs_somebody_to_decide() -> None:
    ports = fake_ports(clock=FakeClock(NOW))
    ports.connections.save(a_connection(connected_at=NOW, held_deletes=12))

    fleet = show_fleet(ports)

    assert fleet.by_state[ConnectionState.HELD] == 1
    assert "12 deletes" in fleet.needy[0].why


def test_a_rep_who_is_not_polled_for_long_is_shown_with_the_reason() -> None:
    ports = fake_ports(clock=FakeClock(NOW))
    ports.connections.save(a_connection())
    ports.connections.note_error(ANNA, LastError(code="TryAgainLater", message="Graph answered 503", at=NOW))

    fleet = show_fleet(ports)

    assert "Graph answered 503" in fleet.needy[0].why


def test_push_lag_is_from_salesexecs_change_to_outlook() -> None:
    ports = fake_ports(clock=FakeClock(NOW))
    connection = ports.connections.save(a_connection(connected_at=NOW))
    pair = replace(a_pair(), book=connection.book, accepted_at=NOW - timedelta(seconds=3))
    ports.pairs.save(pair, pushed_at=NOW)

    fleet = show_fleet(ports)

    assert fleet.push_lag.p50 == fleet.push_lag.p95 == timedelta(seconds=3)


def test_a_refused_app_is_one_alarm_in_however_many_reps_it_shows() -> None:
    ports = fake_ports(clock=FakeClock(NOW))
    trouble = OperatorNeeded("Entra does not accept the app", retry_after=timedelta(minutes=5))

    for user in (ANNA, BEN, ANNA):
        delay_for(user, trouble, ports, attempts=0)

    (alarm,) = show_fleet(ports).alarms
    assert (alarm.code, alarm.count) == ("invalid_client", 3)


def test_being_busy_or_down_is_no_alarm() -> None:
    ports = fake_ports(clock=FakeClock(NOW))

    delay_for(ANNA, TryAgainLater("busy", retry_after=timedelta(seconds=5), throttled=True), ports, attempts=0)

    assert show_fleet(ports).alarms == []


def test_an_alarm_that_is_a_day_old_is_not_shown() -> None:
    clock = FakeClock(NOW)
    ports = fake_ports(clock=clock)
    ports.alarms.sound("invalid_client", "Entra does not accept the app", NOW)

    clock.move(timedelta(days=1))

    assert show_fleet(ports).alarms == []
