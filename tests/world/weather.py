"""What goes wrong around one rep: what the simulators are ordered to do to the requests made for her."""

from __future__ import annotations

from random import Random
from typing import Any

from tests.world.hands import Hands

_RETRY_AFTER = ("1", "2", "1.5", "0.4")
_STATUS = (500, 502, 503, 504)
_METHODS = ("", "", "GET", "POST", "PATCH", "DELETE", "POST,PATCH,DELETE")
_KINDS = ("throttle", "unavailable", "drop_before", "drop_after", "accept_then_fail", "slow")


def order_trouble(rep: Hands, dice: Random) -> None:
    """Order one trouble for some of the next requests that concern her; the vault's concern everybody."""
    service = dice.choice(("graph", "graph", "graph", "graph", "salesexec", "salesexec", "entra", "vault"))
    kind = dice.choice(_KINDS)
    match: dict[str, Any] = {}
    if service in ("graph", "entra"):
        match["Actor"] = rep.upn
    if service == "salesexec":
        match["Actor"] = rep.user
    if service == "graph":
        match["Method"] = dice.choice(_METHODS)
    more: dict[str, Any] = {"Match": match}
    if kind == "throttle":
        more["RetryAfter"] = dice.choice(_RETRY_AFTER)
    if kind in ("unavailable", "accept_then_fail"):
        more["Status"] = dice.choice(_STATUS)
    if kind == "slow":
        more["Seconds"] = dice.choice((0.2, 0.5, 1.2))
    rep.ask("POST", "faults", {"Service": service, "Kind": kind, "Times": dice.choice((1, 1, 2, 3)), **more})
