"""ConnectionStore: connections, whose a mailbox is, and when a rep's sync last did something."""

from dataclasses import replace
from datetime import timedelta

import pytest

from shared_code.adapters.tables.connections import TableConnections
from shared_code.domain.connections import Activity, ConnectionState, LastError, TokenPlace
from shared_code.domain.identifiers import MailboxKey, UserGuid
from shared_code.domain.preferences import (
    ConflictWinner,
    Direction,
    ImportDetail,
    Meetings,
    Preferences,
    PrivateEvents,
)
from shared_code.use_cases.errors import StaleVersion
from shared_code.use_cases.ports import ConnectionStore
from tests.builders import NOW, a_connection, a_mailbox, a_mailbox_key, a_user
from tests.contracts.conftest import FAKE_AND_REAL, all_at_once, real_or_fake
from tests.fakes.stores import FakeConnections


@pytest.fixture(name="connections", params=FAKE_AND_REAL)
def connections_fixture(request: pytest.FixtureRequest) -> ConnectionStore:
    store: ConnectionStore = real_or_fake(request, FakeConnections, TableConnections)
    return store


def test_a_rep_who_never_connected_has_no_connection(connections: ConnectionStore) -> None:
    assert connections.get(a_user()) is None


def test_everything_of_a_connection_comes_back(connections: ConnectionStore) -> None:
    chosen = Preferences(
        direction=Direction.TO_OUTLOOK,
        private_events=PrivateEvents.SKIP,
        import_detail=ImportDetail.BUSY_ONLY,
        import_all_day=False,
        import_free=True,
        only_categories=("Blue", "Grün 🌲"),
        conflict_winner=ConflictWinner.OUTLOOK,
        window_past_days=0,
        window_future_days=365,
        time_zone="Europe/Zurich",
        lead_link=False,
        meetings=Meetings.UPDATE,
    )
    connection = a_connection(
        user=a_user(),
        mailbox=a_mailbox(address="o'brien+ü@example.com"),
        epoch=7,
        enabled=False,
        needs_reconnect=True,
        connected_at=NOW.replace(microsecond=123456),
        disconnected_at=NOW,
        preferences=chosen,
    )

    saved = connections.save(connection)

    assert connections.get(connection.user) == saved
    assert saved == replace(connection, version=saved.version)


def test_an_untouched_connection_keeps_its_defaults(connections: ConnectionStore) -> None:
    saved = connections.save(a_connection(user=a_user()))

    read = connections.get(saved.user)

    assert read is not None
    assert read.preferences == Preferences()
    assert read.state is ConnectionState.CONNECTED


def test_a_connection_that_was_given_up_can_be_read_and_replaced(connections: ConnectionStore) -> None:
    saved = connections.save(a_connection(user=a_user(), disconnected_at=NOW, needs_reconnect=True))

    again = connections.save(
        replace(saved, disconnected_at=None, needs_reconnect=False, tokens=TokenPlace(vault_url="v", secret_name="n"))
    )

    read = connections.get(saved.user)
    assert read == again
    assert read is not None
    assert read.disconnected_at is None


def test_a_second_first_connection_is_stale(connections: ConnectionStore) -> None:
    connection = a_connection(user=a_user())
    connections.save(connection)

    with pytest.raises(StaleVersion):
        connections.save(connection)


def test_a_save_over_another_version_is_stale_and_changes_nothing(connections: ConnectionStore) -> None:
    first = connections.save(a_connection(user=a_user()))
    newer = connections.save(replace(first, enabled=False))

    with pytest.raises(StaleVersion):
        connections.save(replace(first, epoch=9))

    assert connections.get(first.user) == newer


def test_a_version_of_a_connection_that_is_not_there_is_stale(connections: ConnectionStore) -> None:
    saved = connections.save(a_connection(user=a_user()))

    with pytest.raises(StaleVersion):
        connections.save(replace(saved, user=a_user()))


def test_of_many_saves_of_one_version_one_wins(connections: ConnectionStore) -> None:
    first = connections.save(a_connection(user=a_user()))

    def save(number: int) -> bool:
        try:
            connections.save(replace(first, epoch=number))
        except StaleVersion:
            return False
        return True

    assert sum(all_at_once(8, save)) == 1


@pytest.mark.parametrize("odd", ["with/slash", "with#hash", "with?mark", "with\\back", "ü", "", "a'b or true"])
def test_an_odd_id_is_an_unknown_one_and_no_error(connections: ConnectionStore, odd: str) -> None:
    assert connections.get(UserGuid(odd)) is None
    assert connections.activity(UserGuid(odd)) == Activity()


def test_a_mailbox_goes_to_who_claims_it_first(connections: ConnectionStore) -> None:
    mailbox, anna, ben = a_mailbox_key(), a_user(), a_user()

    assert connections.mailbox_owner(mailbox) is None
    assert connections.claim_mailbox(mailbox, anna) == anna
    assert connections.claim_mailbox(mailbox, ben) == anna
    assert connections.claim_mailbox(mailbox, anna) == anna
    assert connections.mailbox_owner(mailbox) == anna


def test_a_mailbox_that_was_given_free_can_be_claimed_by_another(connections: ConnectionStore) -> None:
    mailbox, anna, ben = a_mailbox_key(), a_user(), a_user()
    connections.claim_mailbox(mailbox, anna)

    connections.release_mailbox(mailbox, anna)

    assert connections.mailbox_owner(mailbox) is None
    assert connections.claim_mailbox(mailbox, ben) == ben


def test_nobody_gives_away_a_mailbox_of_another(connections: ConnectionStore) -> None:
    mailbox, anna, ben = a_mailbox_key(), a_user(), a_user()
    connections.claim_mailbox(mailbox, anna)

    connections.release_mailbox(mailbox, ben)

    assert connections.claim_mailbox(mailbox, ben) == anna


def test_giving_free_what_nobody_has_does_nothing(connections: ConnectionStore) -> None:
    connections.release_mailbox(a_mailbox_key(), a_user())


def test_mailboxes_that_differ_in_one_odd_character_are_two(connections: ConnectionStore) -> None:
    anna, ben, name = a_user(), a_user(), a_mailbox_key()

    assert connections.claim_mailbox(MailboxKey(name + "/"), anna) == anna
    assert connections.claim_mailbox(MailboxKey(name + "?"), ben) == ben
    assert connections.claim_mailbox(MailboxKey(name + "_2f"), ben) == ben


def test_of_many_reps_who_claim_a_mailbox_at_once_one_gets_it(connections: ConnectionStore) -> None:
    mailbox, reps = a_mailbox_key(), [a_user() for _ in range(8)]

    owners = all_at_once(8, lambda number: connections.claim_mailbox(mailbox, reps[number]))

    assert len(set(owners)) == 1
    assert owners[0] in reps


def test_a_rep_whose_sync_did_nothing_yet_has_no_activity(connections: ConnectionStore) -> None:
    assert connections.activity(a_user()) == Activity()


def test_a_failed_poll_leaves_its_error_and_the_time_of_the_last_good_one(connections: ConnectionStore) -> None:
    user, later = a_user(), NOW + timedelta(minutes=15)
    connections.note_poll(user, NOW, None)
    error = LastError(code="GraphUnavailable", message="Outlook did not answer.", at=later)

    connections.note_poll(user, later, error)

    assert connections.activity(user) == Activity(last_poll_at=NOW, last_error=error)


def test_a_good_poll_clears_the_error(connections: ConnectionStore) -> None:
    user = a_user()
    connections.note_poll(user, NOW, LastError(code="X", message="x", at=NOW))

    connections.note_poll(user, NOW + timedelta(minutes=15), None)

    assert connections.activity(user) == Activity(last_poll_at=NOW + timedelta(minutes=15))


def test_an_endless_error_message_is_cut(connections: ConnectionStore) -> None:
    user = a_user()

    connections.note_poll(user, NOW, LastError(code="X", message="x" * 100_000, at=NOW))

    error = connections.activity(user).last_error
    assert error is not None
    assert error.message == "x" * 1000
