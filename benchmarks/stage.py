"""Where everything is measured: the local stack, the app's own services in this process, and reps who are connected."""

from __future__ import annotations

import itertools
import logging
import os
import uuid
import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from azure.storage.queue import QueueServiceClient

from benchmarks.timing import Yardstick
from benchmarks.wire import Wire
from sandbox.browser import Browser
from sandbox.running.environment import clean_environment
from sandbox.stack import Plan, Stack
from shared_code.domain.appointments import Appointment
from shared_code.domain.identifiers import AppointmentGuid, UserGuid, shard_of
from shared_code.domain.schedules import Timed
from shared_code.use_cases.ports import SHARDS, Poll
from shared_code.wiring import Services, services

# Nobody is there: the rep's browser stops where it would leave this machine, and what counts is in the address.
HOME = "sync.salesexec.example"
THREADS = 4
BODY = "<p>" + "Bring the signed offer and the samples of the new range. " * 20 + "</p>"
SHARD = 7
SLOT = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Effort:
    """How often things are done: few times for a quick look, more for figures worth keeping."""

    times: int
    rounds: int
    gets: int
    is_quick: bool


@dataclass(frozen=True, slots=True)
class Rep:
    """A connected rep."""

    user: UserGuid
    upn: str


class Stage:
    """The running stack with the app beside it; the host runs only where it is needed."""

    def __init__(self, folder: Path, effort: Effort) -> None:
        self.folder = folder
        self.effort = effort
        self.stack = Stack(folder, Plan(timers=False, extra_settings={"PUBLIC_BASE_URL": f"https://{HOME}"}))
        self._numbers = itertools.count(1)
        self._moments = itertools.count(1)

    def __enter__(self) -> Self:
        try:
            self.stack.start_backing()
            callback = {"RedirectUris": [f"https://{HOME}/api/oauth/callback"]}
            self.stack.control("PUT", "entra/redirect-uris", callback)
            _live_as(clean_environment(self.stack.settings()))
            self.yardstick = Yardstick(self.folder, self.effort.gets)
            self.wire = Wire(self.stack.control, self.stack.azurite.endpoints)
        except BaseException:
            self.stack.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.yardstick.stop()
        self.stack.stop()

    @property
    def app(self) -> Services:
        """Return the app as a trigger has it, on the same storage, vault and Graph as the host's."""
        return services()

    # People.

    def connect(self, count: int) -> list[Rep]:
        """Have so many new reps of one shard go the whole way from link to connected, and do their first polls."""
        with ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(self._connected, [self._seeded() for _ in range(count)]))

    def _seeded(self) -> Rep:
        guids = (str(uuid.uuid4()) for _ in itertools.count())
        user = next(guid for guid in guids if shard_of(UserGuid(guid), SHARDS) == SHARD)
        upn = f"rep{next(self._numbers)}@contoso.example"
        self.stack.control("POST", "seed", {"Users": [{"Upn": upn, "UserGuid": user}]})
        return Rep(UserGuid(user), upn)

    def _connected(self, rep: Rep) -> Rep:
        """Do what the pages of connecting do; the rep's browser goes to Entra's pages."""
        app = self.app
        wanted: Mapping[str, Any] = {"page": "connect", "return_url": None, "mailbox": None, "display_name": None}
        link, _ = app.create_link(rep.user, wanted)
        begun = app.begin_sign_in(dict(parse_qsl(urlsplit(link).query))["ticket"])
        browser = Browser(self.stack.addresses["CaBundle"]).open(begun.authorize_url).submit(account=rep.upn)
        answer = dict(parse_qsl(urlsplit(browser.url).query))
        app.confirm_connection(begun.session, app.complete_sign_in(begun.session, answer).sealed)
        app.poll_calendar(Poll(user=rep.user), "bench")
        return rep

    def start_host(self) -> None:
        """Start the Functions host, with nothing for it to do: what was sent so far was done here."""
        with QueueServiceClient.from_connection_string(self.stack.storage) as service:
            for queue in service.list_queues():
                service.get_queue_client(queue.name).clear_messages()
        self.stack.start_host()

    # Appointments and events.

    def appointment(self, rep: Rep, **said: Any) -> Appointment:
        """Return an appointment that is newer than every one before it, in a half hour of its own."""
        start = self._slot(next(self._numbers))
        plain: dict[str, Any] = {
            "guid": AppointmentGuid(str(uuid.uuid4())),
            "user": rep.user,
            "subject": "Call Wingtip Toys",
            "body_html": BODY,
            "schedule": Timed(start_at=start, end_at=start + SLOT),
            "modified_at": self.moment(),
        }
        return Appointment(**(plain | said))

    def moment(self) -> datetime:
        """Return a time that is later than each one it returned before."""
        return _today() + timedelta(seconds=next(self._moments))

    def fill(self, rep: Rep, count: int) -> list[str]:
        """Have the rep make so many events of her own, and return their ids."""
        return [self._event(rep, number) for number in range(count)]

    def _event(self, rep: Rep, number: int) -> str:
        start = self._slot(number)
        event = {"Subject": f"Visit {number}", "Body": BODY, "Start": _wall(start), "End": _wall(start + SLOT)}
        made = self.stack.control("POST", "graph/events", {"Upn": rep.upn, "Event": event})
        return str(made["Id"])

    def delete(self, event_ids: Sequence[str]) -> None:
        """Have their owner delete events."""
        for event_id in event_ids:
            self.stack.control("DELETE", f"graph/events/{event_id}")

    def _slot(self, number: int) -> datetime:
        """Return a half hour of the coming weeks: sixteen to a day, so that a day's view stays small."""
        day, slot = divmod(number, 16)
        return _today() + timedelta(days=1 + day % 80, hours=8) + slot * SLOT


def _today() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _wall(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat()


def _live_as(settings: Mapping[str, str]) -> None:
    """Give this process the environment of the app: its settings, trust and identity, and nothing that misleads it."""
    environment = os.environ  # noqa: TID251 - the bench plays the host here, which gives an app its environment
    environment.clear()
    environment.update(settings)
    logging.getLogger("salesexec").setLevel(logging.ERROR)
    # MSAL would rather have a form posted to us; why the app does not is told in its own adapter.
    warnings.filterwarnings("ignore", message="response_mode='form_post'")
