"""ConnectionStore: connections, whose a mailbox is, and what went wrong last."""

from dataclasses import fields, replace
from datetime import timedelta

import pytest

from shared_code.adapters.tables.connections import TableConnections
from shared_code.adapters.tables.table import Tables
from shared_code.domain.connections import Connection, ConnectionState, HeldDecision, LastError, TokenPlace
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


def a_full_connection() -> Connection:
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
    return a_connection(
        user=a_user(),
        mailbox=a_mailbox(address="o'brien+ü@example.com"),
        epoch=7,
        enabled=False,
        needs_reconnect=True,
        connected_at=NOW.replace(microsecond=123456),
        disconnected_at=NOW,
        told_to_reconnect=True,
        throttled_until=NOW + timedelta(hours=1),
        cleanup_job="c0000000-0000-4000-8000-000000000009",
        held_deletes=12,
        told_of_held=True,
        decision=HeldDecision.RESTORE,
        preferences=chosen,
    )


def test_everything_of_a_connection_comes_back(connections: ConnectionStore) -> None:
    connection = a_full_connection()

    saved = connections.save(connection)

    assert connections.get(connection.user) == saved
    assert saved == replace(connection, version=saved.version)


def test_the_full_connection_above_leaves_nothing_at_its_default() -> None:
    plain, full = a_connection(user=a_user()), a_full_connection()
    given = ("tokens", "salt", "version")

    untouched = [each.name for each in fields(Connection) if getattr(full, each.name) == getattr(plain, each.name)]

    assert sorted(untouched) == sorted(given)


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
    assert connections.last_error(UserGuid(odd)) is None


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


def an_error(at_minute: int = 0, message: str = "Outlook did not answer.") -> LastError:
    return LastError(code="GraphUnavailable", message=message, at=NOW + timedelta(minutes=at_minute))


def test_a_rep_whose_sync_did_nothing_yet_has_no_error(connections: ConnectionStore) -> None:
    assert connections.last_error(a_user()) is None


def test_what_went_wrong_last_is_remembered(connections: ConnectionStore) -> None:
    user, newer = a_user(), an_error(15)
    connections.note_error(user, an_error())

    connections.note_error(user, newer)

    assert connections.last_error(user) == newer


def test_when_all_goes_well_the_error_is_forgotten(connections: ConnectionStore) -> None:
    user = a_user()
    connections.note_error(user, an_error())

    connections.note_error(user, None)

    assert connections.last_error(user) is None


def test_when_all_went_well_before_nothing_happens(connections: ConnectionStore) -> None:
    user = a_user()

    connections.note_error(user, None)
    connections.note_error(user, None)

    assert connections.last_error(user) is None


def test_an_error_after_all_went_well_is_remembered_again(connections: ConnectionStore) -> None:
    user = a_user()
    connections.note_error(user, an_error())
    connections.note_error(user, None)

    connections.note_error(user, an_error(15))

    assert connections.last_error(user) == an_error(15)


def test_errors_and_connection_do_not_disturb_each_other(connections: ConnectionStore) -> None:
    saved = connections.save(a_connection(user=a_user()))

    connections.note_error(saved.user, an_error())
    again = connections.save(replace(saved, epoch=2))

    assert connections.get(saved.user) == again
    assert connections.last_error(saved.user) == an_error()


def test_an_endless_error_message_is_cut(connections: ConnectionStore) -> None:
    user = a_user()

    connections.note_error(user, an_error(message="x" * 100_000))

    error = connections.last_error(user)
    assert error is not None
    assert error.message == "x" * 1000


def test_an_error_that_another_process_noted_is_forgotten_too(tables: Tables) -> None:
    user = a_user()
    ours, theirs = TableConnections(tables), TableConnections(tables)
    ours.note_error(user, None)
    theirs.note_error(user, an_error())

    ours.note_error(user, None)

    assert theirs.last_error(user) is None


def test_everyone_who_ever_connected_is_listed_with_the_last_error(connections: ConnectionStore) -> None:
    anna, ben = connections.save(a_connection(user=a_user())), connections.save(a_connection(user=a_user()))
    error = LastError(code="Refused", message="no", at=NOW)
    connections.note_error(anna.user, error)

    found = {connection.user: (connection, last) for connection, last in connections.everyone()}

    assert found[anna.user] == (anna, error)
    assert found[ben.user] == (ben, None)


def test_an_erased_connection_is_as_if_there_never_was_one(connections: ConnectionStore) -> None:
    anna = connections.save(a_connection(user=a_user()))
    connections.note_error(anna.user, LastError(code="Refused", message="no", at=NOW))

    connections.erase(anna.user)
    connections.erase(anna.user)

    assert connections.get(anna.user) is None
    assert connections.last_error(anna.user) is None
