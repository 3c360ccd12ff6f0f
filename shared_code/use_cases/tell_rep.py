"""Have SalesExec tell a rep that her sign-in died or lives again, and that deletes are held; once for each time."""

from dataclasses import replace

from shared_code.domain.identifiers import UserGuid
from shared_code.use_cases.errors import StaleVersion
from shared_code.use_cases.ports import Ports
from shared_code.use_cases.pushing import ATTEMPTS

RECONNECT_NEEDED = "Your Outlook calendar is no longer connected. Please connect it again; nothing is lost meanwhile."
RECONNECTED = "Your Outlook calendar is connected again; what waited is on its way."

DELETES_HELD = (
    "{0} appointments were deleted in Outlook at once. Nothing was deleted in SalesExec: please decide whether these"
    " deletes are to be applied, or the events made again."
)


def tell_rep(user: UserGuid, ports: Ports) -> bool:
    """Tell SalesExec what the rep's connection says and has not been told yet; False when there is nothing to tell.

    TryAgainLater: SalesExec cannot take it now; tell again later.
    """
    with ports.turns.of(f"tell|{user}"):
        return _tell(user, ports)


def _tell(user: UserGuid, ports: Ports) -> bool:
    connection = ports.connections.get(user)
    if connection is None or not connection.has_news:
        return False
    told, held = connection.needs_reconnect, bool(connection.held_deletes)
    if told != connection.told_to_reconnect:
        code, words = ("ReconnectNeeded", RECONNECT_NEEDED) if told else ("Reconnected", RECONNECTED)
        ports.crm.notify(user, code, words, ports.clock.now())
    if held and not connection.told_of_held:
        ports.crm.notify(user, "DeletesHeld", DELETES_HELD.format(connection.held_deletes), ports.clock.now())
    for _ in range(ATTEMPTS):
        try:
            ports.connections.save(replace(connection, told_to_reconnect=told, told_of_held=held))
        except StaleVersion:
            connection = ports.connections.get(user)
            if connection is None:
                break
            continue
        break
    return True
