"""What can go wrong at a port call, and how often it does: before the call has an effect, or after it had one."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from shared_code.use_cases.errors import Refused, StaleVersion, SyncStateLost, TryAgainLater

type MakeError = Callable[[Random], Exception]


def _busy(dice: Random) -> Exception:
    return TryAgainLater("the store is busy", retry_after=timedelta(seconds=dice.choice((1, 5, 20))))


def _throttled(dice: Random) -> Exception:
    return TryAgainLater(
        "throttled",
        retry_after=timedelta(seconds=dice.choice((0.5, 12, 90, 400))),
        throttled=True,
        is_about_the_mailbox=True,
        status=429,
    )


def _down(dice: Random) -> Exception:
    return TryAgainLater("Graph is down", retry_after=timedelta(seconds=dice.choice((5, 30))), status=503)


def _crm_down(dice: Random) -> Exception:
    return TryAgainLater("SalesExec is down", retry_after=timedelta(seconds=dice.choice((5, 60, 600))), status=503)


def _stale(_: Random) -> Exception:
    return StaleVersion("another version")


def _refused(_: Random) -> Exception:
    return Refused("bad request", status=400)


def _lost(_: Random) -> Exception:
    return SyncStateLost("SyncStateNotFound", status=410)


_READ: tuple[MakeError, ...] = (_throttled, _down)
_BEFORE: dict[str, tuple[MakeError, ...]] = {
    "calendar.create": (_throttled, _down, _refused),
    "calendar.change": (_throttled, _down, _refused),
    "calendar.mark": _READ,
    "calendar.remove": _READ,
    "calendar.read": _READ,
    "calendar.view": _READ,
    "calendar.read_and_view": _READ,
    "calendar.find": _READ,
    "feed.begin": _READ,
    "feed.since": (_throttled, _down, _lost),
    "crm.tell": (_crm_down,),
    "crm.appointments": (_crm_down,),
    "crm.notify": (_crm_down,),
    "pairs.save": (_busy, _stale),
    "connections.save": (_busy, _stale),
    "holders.save": (_busy, _stale),
}
_AFTER: dict[str, tuple[MakeError, ...]] = {
    "calendar.create": (_down,),
    "calendar.change": (_down,),
    "calendar.mark": (_down,),
    "calendar.remove": (_down,),
    "feed.begin": (_down,),
    "feed.since": (_down,),
    "crm.tell": (_crm_down,),
    "crm.notify": (_crm_down,),
    # An answer that is lost is asked for again by the client, which is then told that the version has changed.
    "pairs.save": (_busy, _stale),
    "connections.save": (_busy, _stale),
    "holders.save": (_busy, _stale),
}
_STORES = ("connections", "pairs", "holders", "polls", "waiting", "one_time", "work", "vault")


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something goes wrong with one call."""

    error: Exception
    after: bool


def trouble_at(call: str, dice: Random) -> Trouble | None:
    """Return something that may really go wrong with this call, or None where nothing can."""
    after = dice.random() < 0.5
    makers = (_AFTER if after else _BEFORE).get(call)
    if makers is None and call.partition(".")[0] in _STORES:
        makers = (_busy,)
    if makers is None:
        return None
    return Trouble(dice.choice(makers)(dice), after)
