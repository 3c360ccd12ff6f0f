"""What happened: every request a simulator answered, and every mail that Exchange would have sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sandbox.versions import By, who

# A long-running stack must not grow without end; the oldest entries go first, in handfuls.
KEPT_ENTRIES = 20_000
DROPPED_AT_ONCE = 2_000
LARGEST_KEPT_BODY = 256 * 1024

MailKind = Literal["invitation", "update", "cancellation"]


@dataclass(slots=True, kw_only=True)
class Entry:
    """One request and its answer, or one note; a simulator may fill in `actor` and `summary`."""

    seq: int
    at: datetime
    service: str
    method: str = ""
    path: str = ""
    query: str = ""
    status: int = 0
    actor: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    summary: str = ""
    fault: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    request_body: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail that Exchange would have sent to people."""

    seq: int
    at: datetime
    sender: str
    recipients: tuple[str, ...]
    kind: MailKind
    subject: str
    event_id: str
    by: By


class Journal:
    """All entries in order, and counts that outlive the entries that were dropped."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.entries: list[Entry] = []
        self._seq = 0
        self._answers: Counter[tuple[str, int]] = Counter()
        self._running: Counter[tuple[str, str]] = Counter()
        self._most: Counter[tuple[str, str]] = Counter()

    def note(self, service: str, what: str, **facts: Any) -> Entry:
        """Record something that was not a request."""
        entry = self._append(Entry(seq=0, at=self._now(), service=service, summary=what, facts=facts))
        entry.actor = str(facts.get("actor", ""))
        return entry

    def begin(
        self, service: str, *, method: str, path: str, query: str, actor: str, headers: Mapping[str, str]
    ) -> Entry:
        """Record a request that is about to be worked on; `end` must follow."""
        key = (service, actor)
        self._running[key] += 1
        self._most[key] = max(self._most[key], self._running[key])
        entry = Entry(seq=0, at=self._now(), service=service, method=method, path=path, query=query, actor=actor)
        entry.headers = dict(headers)
        return self._append(entry)

    def end(self, entry: Entry, *, actor: str) -> None:
        """Count an answered request; `actor` is the one it began with, whatever the simulator wrote since."""
        key = (entry.service, actor)
        self._running[key] = max(0, self._running[key] - 1)
        self._answers[(entry.service, entry.status)] += 1

    def since(self, seq: int, service: str = "") -> list[Entry]:
        """Return the entries after `seq`, of one service or of all."""
        return [entry for entry in self.entries if entry.seq > seq and service in ("", entry.service)]

    def figures(self) -> dict[str, Any]:
        """Return how many answers of each status there were, and the most requests at once per mailbox."""
        answers: dict[str, dict[str, int]] = {}
        for (service, status), count in sorted(self._answers.items()):
            answers.setdefault(service, {})[str(status)] = count
        most: dict[str, dict[str, int]] = {}
        for (service, actor), count in sorted(self._most.items()):
            if actor:
                most.setdefault(service, {})[actor] = count
        return {"Answers": answers, "MostAtOnce": most}

    def reset(self) -> None:
        """Forget every entry and count; requests that still run are counted from nothing."""
        self.entries.clear()
        self._answers.clear()
        self._running.clear()
        self._most.clear()

    def _append(self, entry: Entry) -> Entry:
        self._seq += 1
        entry.seq = self._seq
        self.entries.append(entry)
        if len(self.entries) > KEPT_ENTRIES:
            del self.entries[:DROPPED_AT_ONCE]
        return entry


class Mailroom:
    """Every mail that would have left, so that a test can say: none did."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self.mails: list[Mail] = []

    def send(
        self, *, sender: str, recipients: Iterable[str], kind: MailKind, subject: str, event_id: str
    ) -> Mail | None:
        """Keep a mail to those recipients; without recipients there is none."""
        to = tuple(recipients)
        if not to:
            return None
        mail = Mail(
            seq=len(self.mails) + 1,
            at=self._now(),
            sender=sender,
            recipients=to,
            kind=kind,
            subject=subject,
            event_id=event_id,
            by=who().by,
        )
        self.mails.append(mail)
        return mail

    def reset(self) -> None:
        """Forget every mail."""
        self.mails.clear()
