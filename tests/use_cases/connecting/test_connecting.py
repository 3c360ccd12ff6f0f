"""Connecting, step by step: in which order things are stored, and what is left when a step fails."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from shared_code.domain.connections import Connection, ConnectionState, state_of
from shared_code.domain.identifiers import UserGuid
from shared_code.use_cases.connect_mailbox import (
    LINK_LASTS,
    SIGN_IN_LASTS,
    Connected,
    LinkUsed,
    ToConfirm,
    VaultUnavailable,
    begin_sign_in,
    complete_sign_in,
    confirm_connection,
    create_link,
    open_link,
)
from shared_code.use_cases.errors import Refused, StaleVersion, SyncError, TryAgainLater
from shared_code.use_cases.manage_connection import disconnect
from shared_code.use_cases.ports import Poll, Reconcile, SignInRefused
from tests.builders import ANNA, BEN, a_mailbox_key
from tests.fakes.clock import FakeClock
from tests.fakes.ports import fake_ports
from tests.fakes.queue import FakeWorkQueue
from tests.fakes.sign_in import FakeSignIn, Person
from tests.fakes.stores import FakeConnections, FakeOneTime, FakePolls
from tests.fakes.vault import FakeTokens

ADDRESS = "anna@example.com"
DOWN = TryAgainLater("it is down", retry_after=timedelta(seconds=30))
FORBIDDEN = Refused("it is forbidden", status=403)


class Door:
    """Everything that connecting touches."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.people = {
            ADDRESS: Person(address=ADDRESS, display_name="Anna Berg", key=a_mailbox_key()),
            "other@example.com": Person(address="other@example.com", display_name="Other", key=a_mailbox_key()),
        }
        self.sign_in = FakeSignIn(*self.people.values())
        self.vault, self.connections, self.polls = FakeTokens(), FakeConnections(), FakePolls()
        self.one_time, self.work = FakeOneTime(), FakeWorkQueue()
        self.ports = fake_ports(
            clock=self.clock,
            sign_in=self.sign_in,
            vault=self.vault,
            connections=self.connections,
            polls=self.polls,
            one_time=self.one_time,
            work=self.work,
        )

    def link(self, user: UserGuid = ANNA, mailbox: str | None = None) -> str:
        ticket, _ = create_link(
            user, "connect", return_url=None, mailbox=mailbox, display_name="Anna", ports=self.ports
        )
        return ticket

    def signed_in(self, user: UserGuid = ANNA, address: str = ADDRESS, mailbox: str | None = None) -> Confirming:
        begun = begin_sign_in(self.link(user, mailbox), self.ports)
        answer = self.sign_in.answer(begun.authorize_url, address)
        return Confirming(begun.session, complete_sign_in(begun.session, answer, self.ports))

    def confirm(self, confirming: Confirming) -> Connected:
        return confirm_connection(confirming.session, confirming.page.sealed, self.ports)

    def connect(self, user: UserGuid = ANNA, address: str = ADDRESS) -> Connection:
        self.confirm(self.signed_in(user, address))
        found = self.connections.get(user)
        assert found is not None
        return found

    def is_enrolled(self, user: UserGuid = ANNA) -> bool:
        return self.polls.row(user) is not None

    def nothing_is_stored(self, user: UserGuid = ANNA) -> bool:
        owner = self.connections.mailbox_owner(self.people[ADDRESS].key)
        state = state_of(self.connections.get(user))
        left = (len(self.vault.kept), owner, state, self.is_enrolled(user), self.work.sent)
        return left == (0, None, ConnectionState.NOT_CONNECTED, False, [])


@dataclass(frozen=True)
class Confirming:
    """A browser that shows the page with the yes."""

    session: str
    page: ToConfirm


@pytest.fixture(name="door")
def _door() -> Door:
    return Door()


def test_nothing_is_stored_before_the_yes(door: Door) -> None:
    door.signed_in()

    assert door.nothing_is_stored()


def test_the_yes_stores_tokens_and_connection_and_starts_the_first_sync(door: Door) -> None:
    connection = door.connect()

    assert connection.state is ConnectionState.CONNECTED
    assert list(door.vault.kept) == [connection.tokens]
    assert door.connections.mailbox_owner(connection.mailbox.key) == ANNA
    assert door.is_enrolled()
    assert {type(work) for work in door.work.due} == {Reconcile, Poll}


STEPS = [
    ("connections", "claim_mailbox"),
    ("vault", "keep"),
    ("polls", "enrol"),
    ("connections", "save"),
]


@pytest.mark.parametrize(("port", "method"), STEPS)
def test_a_step_that_fails_leaves_nothing_and_the_same_page_can_be_sent_once_more(
    door: Door, port: str, method: str
) -> None:
    confirming = door.signed_in()
    getattr(door, port).faults.before(method, DOWN)

    with pytest.raises(VaultUnavailable) as failed:
        door.confirm(confirming)

    assert door.nothing_is_stored()
    door.confirm(Confirming(confirming.session, failed.value.again))
    assert door.connections.get(ANNA) is not None
    assert len(door.vault.kept) == 1


@pytest.mark.parametrize("answer_lost", [("connections", "save"), ("polls", "enrol"), ("connections", "claim_mailbox")])
def test_a_step_whose_answer_was_lost_ends_well_when_the_page_is_sent_once_more(
    door: Door, answer_lost: tuple[str, str]
) -> None:
    port, method = answer_lost
    confirming = door.signed_in()
    getattr(door, port).faults.after(method, DOWN)

    with pytest.raises(VaultUnavailable) as failed:
        door.confirm(confirming)
    door.confirm(Confirming(confirming.session, failed.value.again))

    connection = door.connections.get(ANNA)
    assert connection is not None
    assert connection.tokens in door.vault.kept
    assert len(door.vault.kept) == 1
    assert door.is_enrolled()


def test_a_first_sync_that_could_not_be_queued_is_queued_when_the_page_is_sent_once_more(door: Door) -> None:
    confirming = door.signed_in()
    door.work.faults.before("send", DOWN)

    with pytest.raises(VaultUnavailable) as failed:
        door.confirm(confirming)
    assert door.is_enrolled()
    door.confirm(Confirming(confirming.session, failed.value.again))

    assert {type(work) for work in door.work.due} == {Reconcile, Poll}
    assert len(door.vault.kept) == 1


@pytest.mark.parametrize(("port", "method"), [("vault", "keep"), ("polls", "enrol"), ("connections", "save")])
def test_a_step_that_is_forbidden_leaves_nothing(door: Door, port: str, method: str) -> None:
    confirming = door.signed_in()
    getattr(door, port).faults.before(method, FORBIDDEN)

    with pytest.raises(Refused):
        door.confirm(confirming)

    assert door.nothing_is_stored()


def test_a_connection_that_somebody_changed_meanwhile_is_not_overwritten(door: Door) -> None:
    confirming = door.signed_in()
    door.connections.faults.before("save", StaleVersion("another version"))

    with pytest.raises(VaultUnavailable):
        door.confirm(confirming)

    assert door.nothing_is_stored()


@pytest.mark.parametrize("method", ["keep", "destroy"])
def test_a_reconnect_that_fails_leaves_the_old_connection_as_it_was(door: Door, method: str) -> None:
    before = door.connect()
    confirming = door.signed_in()
    door.vault.faults.before(method, DOWN)

    error: SyncError | VaultUnavailable | None = None
    try:
        door.confirm(confirming)
    except VaultUnavailable as failed:
        error = failed

    connection = door.connections.get(ANNA)
    assert connection is not None
    assert connection.state is ConnectionState.CONNECTED
    assert connection.tokens in door.vault.kept
    assert door.connections.mailbox_owner(before.mailbox.key) == ANNA
    assert door.is_enrolled()
    assert (error is None) == (method == "destroy")


def test_reconnecting_replaces_the_tokens_and_keeps_the_salt(door: Door) -> None:
    before = door.connect()

    after = door.connect()

    assert list(door.vault.kept) == [after.tokens]
    assert after.tokens != before.tokens
    assert after.salt == before.salt


def test_another_mailbox_is_refused_until_the_rep_disconnected(door: Door) -> None:
    door.connect()

    with pytest.raises(SignInRefused) as refused:
        door.signed_in(address="other@example.com")
    disconnect(ANNA, door.ports)
    other = door.connect(address="other@example.com")

    assert refused.value.kind == "other_mailbox_connected"
    assert other.mailbox.address == "other@example.com"


def test_two_reps_who_confirm_the_same_mailbox_at_once_do_not_both_get_it(door: Door) -> None:
    hers, his = door.signed_in(ANNA), door.signed_in(BEN)

    door.confirm(hers)
    with pytest.raises(SignInRefused) as refused:
        door.confirm(his)

    assert refused.value.kind == "mailbox_of_another"
    assert len(door.vault.kept) == 1


def test_a_claim_of_a_process_that_died_binds_nobody(door: Door) -> None:
    door.connections.claim_mailbox(door.people[ADDRESS].key, BEN)

    connection = door.connect(ANNA)

    assert door.connections.mailbox_owner(connection.mailbox.key) == ANNA


def test_links_and_yeses_work_once_and_for_a_while(door: Door) -> None:
    ticket = door.link()
    begin_sign_in(ticket, door.ports)
    with pytest.raises(LinkUsed):
        begin_sign_in(ticket, door.ports)

    late = door.link()
    door.clock.move(LINK_LASTS + timedelta(seconds=1))
    with pytest.raises(LinkUsed):
        open_link(late, "connect", door.ports)

    confirming = door.signed_in()
    door.clock.move(SIGN_IN_LASTS + timedelta(seconds=1))
    with pytest.raises(LinkUsed):
        door.confirm(confirming)
    assert door.nothing_is_stored()


def test_microsoft_failing_before_the_sign_in_leaves_the_link_unused(door: Door) -> None:
    ticket = door.link()
    door.sign_in.faults.before("begin", DOWN)

    with pytest.raises(TryAgainLater):
        begin_sign_in(ticket, door.ports)

    assert begin_sign_in(ticket, door.ports).session


def test_disconnecting_any_number_of_times_leaves_no_tokens_and_no_polls(door: Door) -> None:
    connection = door.connect()

    for _ in range(3):
        disconnect(ANNA, door.ports)

    assert state_of(door.connections.get(ANNA)) is ConnectionState.NOT_CONNECTED
    assert door.vault.kept == {}
    assert door.connections.mailbox_owner(connection.mailbox.key) is None
    assert not door.is_enrolled()
    disconnect(BEN, door.ports)


@pytest.mark.parametrize(
    ("port", "method"),
    [("connections", "save"), ("polls", "withdraw"), ("connections", "release_mailbox"), ("vault", "destroy")],
)
@pytest.mark.parametrize("when", ["before", "after"])
def test_a_disconnect_that_failed_half_way_is_finished_by_the_next(
    door: Door, port: str, method: str, when: str
) -> None:
    connection = door.connect()
    getattr(getattr(door, port).faults, when)(method, DOWN)

    with pytest.raises(TryAgainLater):
        disconnect(ANNA, door.ports)
    disconnect(ANNA, door.ports)

    assert state_of(door.connections.get(ANNA)) is ConnectionState.NOT_CONNECTED
    assert door.vault.kept == {}
    assert door.connections.mailbox_owner(connection.mailbox.key) is None
    assert not door.is_enrolled()
