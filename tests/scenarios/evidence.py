"""What can be seen after the fact: runs in the host's log, rows, secrets, requests, and mails that would have left."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from azure.core.exceptions import ResourceNotFoundError
from azure.data.tables import TableServiceClient

from sandbox.stack import Stack
from tests.control import Control

_RUN = re.compile(r"^(\d\d):(\d\d):(\d\d\.\d{3}) .*salesexec\.sync(?: \[\w+\])?: (\{\"run\".*\})$", re.MULTILINE)
QUARTER = 900.0
"""Zones differ by whole quarters of an hour, so within one the log's clock and ours can be compared."""
_SHAPES = (
    (re.compile(r"/me/(calendar/)?calendarView/delta$"), "delta"),
    (re.compile(r"/me/calendar/calendarView$"), "calendarView"),
    (re.compile(r"/me/events$"), "events"),
    (re.compile(r"/me/events/[^/]+$"), "event"),
    (re.compile(r"/me/events/[^/]+/extensions(/[^/]+)?$"), "extension"),
    (re.compile(r"/\$batch$"), "$batch"),
)


@dataclass(frozen=True)
class Moment:
    """A moment in the host's log: how many runs had ended, and what the clock showed within a quarter of an hour."""

    runs: int
    clock: float


class Evidence:
    """Looks, and changes nothing."""

    def __init__(self, stack: Stack, control: Control) -> None:
        self._stack = stack
        self._control = control
        self._read_to = 0
        self._runs: list[dict[str, Any]] = []

    def runs(self, name: str, user: str) -> list[dict[str, Any]]:
        """Return the log lines of a function's runs for one rep."""
        with self._stack.host.child.log.open("rb") as log:
            log.seek(self._read_to)
            fresh = log.read()
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self._read_to += len(whole)
        for _, minutes, seconds, line in _RUN.findall(whole.decode("utf-8", "replace")):
            run = json.loads(line)
            began = (int(minutes) * 60 + float(seconds) - run["ms"] / 1000) % QUARTER
            self._runs.append({**run, "number": len(self._runs), "began": began})
        return [run for run in self._runs if run["run"] == name and run.get("user") == user]

    def runs_since(self, name: str, user: str, moment: Moment) -> list[dict[str, Any]]:
        """Return the runs for one rep that began after a moment and had their turn."""
        fresh = [run for run in self.runs(name, user) if run["number"] >= moment.runs]
        began = [run for run in fresh if (run["began"] - moment.clock) % QUARTER < QUARTER / 2]
        return [run for run in began if "not_our_turn" not in run or "waits_seconds" in run]

    def moment(self) -> Moment:
        """Return what counts as now in the host's log."""
        self.runs("", "")
        return Moment(runs=len(self._runs), clock=(time.time() + self._stack.host.clock_offset()) % QUARTER)

    def graph_calls(self, upn: str, since: int) -> list[str]:
        """Return what was asked of Graph in one person's name, such as "PATCH event"; a batch is one call."""
        entries = self._control.journal("graph", since, upn)
        asked = [entry for entry in entries if entry["Method"] and "Batch" not in entry["Facts"]]
        return [f"{entry['Method']} {_shape(entry['Path'])}" for entry in asked]

    def told(self, user: str, since: int = 0) -> list[dict[str, Any]]:
        """Return the changes that SalesExec was told of a rep, whatever became of the calls."""
        entries = self._control.journal("salesexec", since, user)
        calls = [entry for entry in entries if entry["Method"] == "POST" and entry["Path"].endswith("/CalendarChanges")]
        return [change for call in calls for change in json.loads(call["RequestBody"])["Changes"]]

    def secrets(self) -> set[str]:
        """Return the names of the secrets that the vaults hold, those deleted softly left out."""
        listed = self._control.call("GET", "vault/secrets")["Secrets"]
        return {secret["Name"] for secret in listed if not secret["Deleted"]}

    def rows_of(self, user: str) -> Counter[str]:
        """Return how many rows of which table speak of a rep."""
        found: Counter[str] = Counter()
        with TableServiceClient.from_connection_string(self._stack.storage) as tables:
            for name in ("Reps", "Mappings", "Mailboxes", "Polls", "Appointments", "Waiting"):
                with tables.get_table_client(name) as table:
                    try:
                        rows = [str(dict(row)) for row in table.list_entities()]
                    except ResourceNotFoundError:
                        continue
                found[name] = len([row for row in rows if user in row])
        return +found

    def everything_stored(self) -> str:
        """Return every row of every table as text."""
        return "\n".join(self._rows())

    def stored_about(self, user: str) -> list[str]:
        """Return what is stored about a rep, and everything that may be used once.

        Rows of other reps are left out: the first poll of somebody in an earlier story may still be at work.
        """
        return [row for row in self._rows() if user in row or row.startswith("OneTime ")]

    def _rows(self) -> list[str]:
        with TableServiceClient.from_connection_string(self._stack.storage) as tables:
            rows = []
            for table in tables.list_tables():
                with tables.get_table_client(table.name) as client:
                    rows += [f"{table.name} {dict(row)}" for row in client.list_entities()]
        return rows


def _shape(path: str) -> str:
    return next((name for pattern, name in _SHAPES if pattern.search(path)), path)


class Postbox:
    """Keeps apart the mails that people caused by hand from those that the app would have caused."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._by_hand: set[int] = set()
        self._people: set[str] = set()

    def watch(self, upn: str) -> None:
        """Count the mails of a person from now on."""
        self._people.add(upn)

    def by_hand[T](self, deed: Callable[[], T]) -> T:
        """Do what a person does in Outlook; the mails that it causes are hers."""
        before = {mail["Seq"] for mail in self._control.mails()}
        done = deed()
        self._by_hand |= {mail["Seq"] for mail in self._control.mails()} - before
        return done

    def caused_by_app(self, upn: str | None = None) -> list[dict[str, Any]]:
        """Return the mails that nobody sent by hand."""
        senders = self._people if upn is None else {upn}
        return [m for m in self._control.mails() if m["Sender"] in senders and m["Seq"] not in self._by_hand]
