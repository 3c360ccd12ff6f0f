"""Faults a test can order: throttling, outages, slowness, lost connections, requests held in the middle."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

KINDS = (
    "throttle", "unavailable", "refuse", "slow", "drop_before", "drop_after", "accept_then_fail", "hold", "hold_after",
    "redirect", "mislead",
)  # fmt: skip
SERVICES = ("graph", "entra", "vault", "salesexec", "identity")
FIELDS = {
    "Service", "Kind", "Times", "Skip", "Match", "RetryAfter", "OddRetryAfter", "Status", "Seconds", "Location", "Link",
}  # fmt: skip
MATCH_FIELDS = {"Method", "PathContains", "Actor"}
FAILURE_STATUSES = (500, 502, 503, 504)
# Of the kinds that have others than failures; the first is the default.
OTHER_STATUSES = {"refuse": (400, 401, 403, 404, 409, 413, 422), "redirect": (302, 301, 303, 307, 308)}


class Hold:
    """The gate that held requests wait at; opening it is safe from any thread."""

    def __init__(self) -> None:
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []
        self._open = False

    @property
    def waiting(self) -> int:
        """How many requests are held now."""
        return len(self._waiting)

    async def wait(self) -> None:
        """Return when the gate is opened."""
        if self._open:
            return
        place = (asyncio.get_running_loop(), asyncio.Event())
        self._waiting.append(place)
        try:
            await place[1].wait()
        finally:
            self._waiting.remove(place)

    async def wait_at_most(self, seconds: float) -> None:
        """Return when the gate is opened, or when the time is up."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.wait(), seconds)

    def open(self) -> None:
        """Let everyone through, now and later."""
        self._open = True
        for loop, event in list(self._waiting):
            loop.call_soon_threadsafe(event.set)


@dataclass(slots=True, kw_only=True, eq=False)
class Fault:
    """One order: which requests, what becomes of them, and how many more times."""

    number: int
    service: str
    kind: str
    times: int | None = 1
    method: str = ""
    path_contains: str = ""
    actor: str = ""
    retry_after: str | None = None
    status: int = 503
    seconds: float = 0.0
    location: str = ""
    link: str = ""
    # What Retry-After says where that is no time at all; nobody is kept away by it.
    odd_retry_after: str | None = None
    # How many of the requests meant it still lets pass.
    skip: int = 0
    used: int = 0
    # Requests that were struck and are not done with: a hold begins a moment after the strike.
    engaged: int = 0
    hold: Hold = field(default_factory=Hold)
    # Until when each caller was told to stay away.
    closed_until: dict[str, datetime] = field(default_factory=dict)

    def concerns(self, service: str, method: str, path: str, actor: str) -> bool:
        """Say whether a request is one of those meant."""
        return (
            service == self.service
            and (not self.method or method in self.method.split(","))
            and self.path_contains.lower() in path.lower()
            and self.actor.lower() in ("", actor.lower())
        )

    @property
    def said_wait(self) -> str | None:
        """What the answer's Retry-After says, if it has one."""
        return self.odd_retry_after if self.odd_retry_after is not None else self.retry_after

    @property
    def spent(self) -> bool:
        """Whether it has been used as often as ordered."""
        return self.times is not None and self.used >= self.times

    def as_json(self) -> dict[str, Any]:
        """Return it as the control plane shows it."""
        return {
            "Id": self.number,
            "Service": self.service,
            "Kind": self.kind,
            "Times": self.times,
            "Skip": self.skip,
            "Used": self.used,
            "Waiting": self.hold.waiting,
            "Match": {"Method": self.method, "PathContains": self.path_contains, "Actor": self.actor},
            "RetryAfter": self.retry_after,
            "Status": self.status,
            "Seconds": self.seconds,
            "Location": self.location,
            "Link": self.link,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck:
    """What one request has to suffer."""

    fault: Fault | None = None
    early: bool = False
    retry_after: str | None = None
    slowed_by: tuple[Fault, ...] = ()

    @contextlib.contextmanager
    def engaging(self) -> Iterator[None]:
        """Keep the faults in the list for as long as the block runs, however often they were to strike."""
        mine = (*self.slowed_by, *([self.fault] if self.fault else []))
        for fault in mine:
            fault.engaged += 1
        try:
            yield
        finally:
            for fault in mine:
                fault.engaged -= 1


class Faults:
    """All ordered faults, oldest first; the first that concerns a request strikes it."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._faults: list[Fault] = []
        self._number = 0

    def order(self, description: Mapping[str, Any]) -> Fault:
        """Add a fault from its JSON form; a ValueError says what is wrong with it."""
        fault = fault_from_json(description, self._number + 1, self._now())
        self._number = fault.number
        self._faults.append(fault)
        return fault

    def listed(self) -> list[Fault]:
        """Return the faults that can still strike, keep callers away, or hold requests."""
        self._forget_finished()
        return list(self._faults)

    def release(self, number: int) -> Fault | None:
        """End one fault and let the requests that it holds go on."""
        fault = next((fault for fault in self._faults if fault.number == number), None)
        if fault:
            self._faults.remove(fault)
            fault.hold.open()
        return fault

    def reset(self) -> None:
        """End every fault and let all held requests go on."""
        faults, self._faults = self._faults, []
        for fault in faults:
            fault.hold.open()

    def strike(self, service: str, method: str, path: str, actor: str) -> Struck:
        """Decide what becomes of a request, and use up what it was struck with."""
        self._forget_finished()
        mine = [fault for fault in self._faults if fault.concerns(service, method, path, actor)]
        slow: tuple[Fault, ...] = ()
        for fault in mine:
            early = self._early(fault, actor)
            if early is not None:
                return Struck(fault=fault, early=True, retry_after=early, slowed_by=slow)
            if fault.spent:
                continue
            if fault.skip:
                fault.skip -= 1
                continue
            fault.used += 1
            if fault.kind == "slow":
                slow = (*slow, fault)
                continue
            self._close_door(fault, actor)
            return Struck(fault=fault, retry_after=fault.said_wait, slowed_by=slow)
        return Struck(slowed_by=slow)

    def _early(self, fault: Fault, actor: str) -> str | None:
        """Return the rest of the time this caller was told to wait, when it comes too soon."""
        until = fault.closed_until.get(actor)
        if until is None or until <= self._now():
            fault.closed_until.pop(actor, None)
            return None
        return str(max(1, math.ceil((until - self._now()).total_seconds())))

    def _close_door(self, fault: Fault, actor: str) -> None:
        if fault.kind == "throttle" and fault.retry_after:
            fault.closed_until[actor] = instant_of_retry_after(fault.retry_after, self._now())

    def _forget_finished(self) -> None:
        now = self._now()
        self._faults = [
            fault
            for fault in self._faults
            if not fault.spent or fault.engaged or any(until > now for until in fault.closed_until.values())
        ]


def instant_of_retry_after(value: str, now: datetime) -> datetime:
    """Read a Retry-After value, seconds or an HTTP date; anything else is a ValueError."""
    try:
        return now + timedelta(seconds=float(value))
    except ValueError:
        return parsedate_to_datetime(value).astimezone(UTC)


def fault_from_json(description: Mapping[str, Any], number: int, now: datetime) -> Fault:
    """Build a fault from what the control plane was sent, saying what is wrong when it cannot be."""
    match = description.get("Match") or {}
    unknown = (set(description) - FIELDS) | (set(match) - MATCH_FIELDS)
    if unknown:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    service, kind = description.get("Service"), description.get("Kind")
    if service not in SERVICES:
        raise ValueError(f"Service is one of {', '.join(SERVICES)}")
    if kind not in KINDS:
        raise ValueError(f"Kind is one of {', '.join(KINDS)}")
    times = description.get("Times", 1)
    if times is not None and (not isinstance(times, int) or times < 1):
        raise ValueError("Times is a whole number from 1, or null for 'until cleared'")
    skip = description.get("Skip", 0)
    if not isinstance(skip, int) or skip < 0:
        raise ValueError("Skip is a whole number: how many requests pass first")
    odd = description.get("OddRetryAfter")
    retry_after = description.get("RetryAfter")
    if retry_after is not None:
        retry_after = str(retry_after)
        instant_of_retry_after(retry_after, now)
    return Fault(
        number=number,
        service=service,
        kind=kind,
        times=times,
        # One method, or several: "POST,PATCH".
        method=str(match.get("Method", "")).upper().replace(" ", ""),
        path_contains=str(match.get("PathContains", "")),
        actor=str(match.get("Actor", "")),
        retry_after=retry_after,
        status=_status(kind, description),
        seconds=float(description.get("Seconds", 0)),
        location=_address(kind, description),
        link=_link(kind, description),
        odd_retry_after=None if odd is None else str(odd),
        skip=skip,
    )


def _status(kind: str, description: Mapping[str, Any]) -> int:
    allowed = OTHER_STATUSES.get(kind, FAILURE_STATUSES)
    status = description.get("Status", 503 if kind not in OTHER_STATUSES else allowed[0])
    if status not in allowed:
        raise ValueError(f"Status is one of {', '.join(map(str, allowed))}")
    return int(status)


def _address(kind: str, description: Mapping[str, Any]) -> str:
    location = description.get("Location", "")
    if not isinstance(location, str) or bool(location) is not (kind in ("redirect", "mislead")):
        raise ValueError("Location is where redirect and mislead lead, and only they")
    return location


def _link(kind: str, description: Mapping[str, Any]) -> str:
    link = description.get("Link", "")
    if not isinstance(link, str) or bool(link) is not (kind == "mislead"):
        raise ValueError("Link is the field of the answer that mislead changes, such as @odata.nextLink")
    return link
