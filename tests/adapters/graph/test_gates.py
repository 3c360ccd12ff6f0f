"""How many requests of one mailbox may be under way at once."""

import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import timedelta

import pytest

from shared_code.adapters.graph.calendar import GraphCalendar, GraphCalendars
from shared_code.adapters.graph.client import GraphClient
from shared_code.adapters.graph.gates import PLACES, Gates
from shared_code.adapters.http import Http
from shared_code.domain.identifiers import EventId, MailboxKey
from shared_code.domain.schedules import Window
from shared_code.use_cases.errors import TryAgainLater
from tests.adapters.graph.answers import TwoTokens, batch_of, part
from tests.adapters.graph.test_reading import an_event
from tests.adapters.scripted_server import Reply, ScriptedServer
from tests.builders import NOW, a_connection, a_mailbox
from tests.fakes.clock import FakeClock
from tests.waiting import until

ANNAS, BENS = MailboxKey("anna"), MailboxKey("ben")
AT_ONCE, LONG = timedelta(0), timedelta(seconds=20)


class Visits:
    """Threads that went to the gate, in the order in which they were let in."""

    def __init__(self, gates: Gates) -> None:
        self.let_in: list[str] = []
        self._gates = gates
        self._pool = ThreadPoolExecutor(20)
        self._all_may_leave = threading.Event()

    def begin(self, name: str, requests: int) -> Future[None]:
        """Have somebody come to the gate, and stay inside until all may leave."""
        came = threading.Event()

        def visit() -> None:
            came.set()
            with self._gates.hold(ANNAS, requests, LONG):
                self.let_in.append(name)
                self._all_may_leave.wait(20)

        visitor = self._pool.submit(visit)
        assert came.wait(20)
        return visitor

    def end(self) -> None:
        """Let all leave."""
        self._all_may_leave.set()
        self._pool.shutdown()


@pytest.fixture(name="gates")
def gates_fixture() -> Gates:
    return Gates()


@pytest.fixture(name="visits")
def visits_fixture(gates: Gates) -> Iterator[Visits]:
    visits = Visits(gates)
    yield visits
    visits.end()


@contextmanager
def holding(gates: Gates, mailbox: MailboxKey, *requests: int) -> Iterator[None]:
    with ExitStack() as held:
        for each in requests:
            held.enter_context(gates.hold(mailbox, each, AT_ONCE))
        yield


def is_open(gates: Gates, mailbox: MailboxKey, requests: int = 1) -> bool:
    try:
        with gates.hold(mailbox, requests, AT_ONCE):
            return True
    except TryAgainLater:
        return False


def test_three_requests_of_a_mailbox_go_at_once_and_a_fourth_does_not(gates: Gates) -> None:
    with holding(gates, ANNAS, 1, 1, 1), pytest.raises(TryAgainLater) as refusal, gates.hold(ANNAS, 1, AT_ONCE):
        pass

    assert not refusal.value.throttled
    assert is_open(gates, ANNAS)


def test_a_batch_takes_a_place_for_each_of_its_parts_and_never_more_than_all(gates: Gates) -> None:
    with holding(gates, ANNAS, 2):
        assert is_open(gates, ANNAS, 1)
        assert not is_open(gates, ANNAS, 2)

    with holding(gates, ANNAS, 20):
        assert not is_open(gates, ANNAS, 1)

    with holding(gates, ANNAS, 1):
        assert not is_open(gates, ANNAS, 20)


def test_one_mailbox_does_not_hold_up_another(gates: Gates) -> None:
    with holding(gates, ANNAS, 3):
        assert is_open(gates, BENS, 3)


def test_a_place_is_given_back_when_its_request_fails(gates: Gates) -> None:
    message = "no answer"
    for _ in range(PLACES + 1):
        with pytest.raises(KeyError), gates.hold(ANNAS, 1, AT_ONCE):
            raise KeyError(message)

    assert is_open(gates, ANNAS, PLACES)


def test_idle_mailboxes_are_forgotten(gates: Gates) -> None:
    with holding(gates, ANNAS, 1), holding(gates, BENS, 3):
        used = len(gates)
        is_open(gates, BENS)

    assert (used, len(gates)) == (2, 0)


def test_who_waits_goes_on_as_soon_as_there_is_room(gates: Gates, visits: Visits) -> None:
    with holding(gates, ANNAS, 3):
        waiting = visits.begin("waiting", 2)
        assert not waiting.done()

    until(lambda: visits.let_in == ["waiting"])


def test_who_needs_all_places_is_not_overtaken(gates: Gates, visits: Visits) -> None:
    with holding(gates, ANNAS, 1):
        visits.begin("cleanup", 20)
        until(lambda: not is_open(gates, ANNAS, 1), what="the cleanup's place in the queue")

        assert visits.let_in == []

    until(lambda: visits.let_in == ["cleanup"])


def test_who_gave_up_waiting_is_in_nobodys_way(gates: Gates) -> None:
    with holding(gates, ANNAS, 1):
        assert not is_open(gates, ANNAS, 20)
        assert is_open(gates, ANNAS, 2)


def test_never_are_more_inside_than_there_are_places(gates: Gates) -> None:
    inside, most, guard = 0, 0, threading.Lock()

    def visit(number: int) -> None:
        nonlocal inside, most
        places = number % 4 + 1
        with gates.hold(ANNAS, places, LONG):
            with guard:
                inside += min(places, PLACES)
                most = max(most, inside)
            with guard:
                inside -= min(places, PLACES)

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(visit, range(2000)))

    assert (inside, len(gates)) == (0, 0)
    assert 1 <= most <= PLACES


def a_window() -> Window:
    return Window(start_at=NOW, end_at=NOW + timedelta(days=1))


def client(server: ScriptedServer, gates: Gates, *, patience: timedelta | None = None) -> GraphClient:
    clock = FakeClock()
    gate, until_then = gates.of(ANNAS), None if patience is None else NOW + patience
    return GraphClient(Http("Graph", clock), f"{server.url}/v1.0", TwoTokens(), clock, gate=gate, until=until_then)


def test_a_request_waits_no_longer_than_its_caller_can(server: ScriptedServer, gates: Gates) -> None:
    calendar = GraphCalendar(client(server, gates, patience=timedelta(seconds=0.1)))

    with holding(gates, ANNAS, 3), pytest.raises(TryAgainLater) as refusal:
        calendar.read(EventId("a"))

    assert (refusal.value.code, refusal.value.throttled) == ("MailboxBusy", False)
    assert server.asked == []


def test_a_read_with_a_view_needs_two_places(server: ScriptedServer, gates: Gates) -> None:
    server.replies = [batch_of(part(0, body=an_event()), part(1, body={"value": []}))]
    calendar = GraphCalendar(client(server, gates, patience=timedelta(seconds=5)))
    hurried = GraphCalendar(client(server, gates, patience=timedelta(0)))
    window = a_window()

    with holding(gates, ANNAS, 1):
        event, view = calendar.read_and_view(EventId("a"), window)

    with holding(gates, ANNAS, 2), pytest.raises(TryAgainLater):
        hurried.read_and_view(EventId("a"), window)

    assert (event is not None, view) == (True, [])


def test_while_many_events_are_deleted_nothing_else_of_the_mailbox_is_asked(
    server: ScriptedServer, gates: Gates
) -> None:
    may_answer = threading.Event()
    items = [(EventId(str(number)), "k") for number in range(20)]
    server.replies = [
        Reply(body={"responses": [part(number, 204) for number in range(20)]}, waits_for=may_answer),
        Reply(body=an_event()),
    ]

    with ThreadPoolExecutor(2) as pool:
        removing = pool.submit(GraphCalendar(client(server, gates)).remove_batch, items)
        until(lambda: len(server.asked) == 1)
        reading = pool.submit(GraphCalendar(client(server, gates)).read, EventId("a"))
        before = (is_open(gates, ANNAS), len(server.asked))
        may_answer.set()

    assert before == (False, 1)
    assert removing.result() == [True] * 20
    assert reading.result() is not None


def test_all_calendars_and_feeds_of_one_mailbox_share_its_gate(server: ScriptedServer) -> None:
    may_answer = threading.Event()
    server.replies = [Reply(body=an_event(), waits_for=may_answer)]
    clock = FakeClock()
    calendars = GraphCalendars(Http("Graph", clock), f"{server.url}/v1.0", Tokens(), clock)
    anna, ben = a_connection(), a_connection(mailbox=a_mailbox(key=BENS))
    hurried = calendars.of(anna, until=NOW)

    with ThreadPoolExecutor(4) as pool:
        reading = [pool.submit(calendars.of(anna).read, EventId("a")) for _ in range(2)]
        reading += [pool.submit(calendars.of(ben).read, EventId("a"))]
        feeding = pool.submit(calendars.feed(anna).begin, a_window())
        until(lambda: len(server.asked) == 4)

        with pytest.raises(TryAgainLater) as refusal:
            hurried.read(EventId("a"))

        may_answer.set()

    assert refusal.value.code == "MailboxBusy"
    assert all(each.result() is not None for each in reading)
    assert isinstance(feeding.exception(), TryAgainLater)  # an event is no page of changes
    assert len(server.asked) == 4


class Tokens:
    """Everybody's tokens."""

    def of(self, *_: object, **__: object) -> TwoTokens:
        return TwoTokens()
