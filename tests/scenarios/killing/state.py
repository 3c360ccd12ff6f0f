"""What everybody has in the end, in words in which two plays of a deed can be compared."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

from azure.data.tables import TableServiceClient
from azure.storage.queue import QueueServiceClient

from sandbox.stack import Stack
from tests.scenarios.killing.people import Json, Known, Player
from tests.scenarios.killing.storage.relay import GUID
from tests.scenarios.people import Person

# Ids, versions and stamps: another play has others.
ITS_OWN = {
    "Id", "DefaultId", "ChangeKey", "ICalUId", "CalendarId", "TransactionId", "SeriesMasterId", "EventId",
    "SeriesEventId", "WebLink", "JoinUrl", "CreatedUtc", "ModifiedUtc", "ChangeId", "Sequence", "Sequences",
    "History", "ConnectedUtc", "LastPollUtc", "LastPushUtc",
}  # fmt: skip
WRITES = {"POST", "PATCH", "PUT", "DELETE"}


def in_common(player: Player, value: Any) -> Any:
    """Return a value without what is a play's own, and with people by their part in it."""
    if isinstance(value, dict):
        return {name: in_common(player, each) for name, each in value.items() if name not in ITS_OWN}
    if isinstance(value, list):
        return [in_common(player, each) for each in value]
    if not isinstance(value, str):
        return value
    for number, person in enumerate(player.people):
        for name in (person.upn, person.user, person.rep.display_name):
            value = value.replace(name, f"<rep {number}>")
    return GUID.sub("<guid>", value)


def in_order(values: Iterable[Any]) -> list[Any]:
    """Return values in an order that depends on nothing else."""
    return sorted(values, key=lambda value: json.dumps(value, sort_keys=True))


def end_state(player: Player, before: Known, entries: list[Json]) -> Json:
    """Return what a play has come to: both sides, what SalesExec was told, the connection, the mails."""
    return {
        f"rep {number}": _of_one(player, person, before, entries) for number, person in enumerate(player.people)
    } | {"mails": player.mails() - before.mails}


def _of_one(player: Player, person: Person, before: Known, entries: list[Json]) -> Json:
    events = [event for event in person.events() if event["Id"] not in before.events]
    appointments = [each for each in person.all_appointments() if each["AppointmentGuid"] not in before.appointments]
    told = {change["ChangeId"]: change for change in _told(person, entries)}
    applied = [_applied(each) for each in appointments]
    return {
        "events": in_order(in_common(player, event) for event in events),
        "appointments": in_order(in_common(player, each) for each in appointments),
        "applied": in_order(applied),
        "told": in_order(in_common(player, change) for change in told.values()),
        "connection": in_common(player, person.api.connection(person.user)),
        "notices": sorted(set(person.notices()[before.notices :])) if len(player.people) == 1 else [],
    }


def _told(person: Person, entries: list[Json]) -> list[Json]:
    """Return the changes that SalesExec was told of a rep, whatever became of the calls."""
    calls = [
        entry for entry in entries
        if entry["Actor"] == person.user and entry["Method"] == "POST" and entry["Path"].endswith("/CalendarChanges")
    ]  # fmt: skip
    return [change for call in calls for change in json.loads(call["RequestBody"])["Changes"]]


def _applied(appointment: Json) -> list[Any]:
    """Return what came from Outlook to an appointment; the same change told twice is applied once."""
    return [
        [entry.get("Action"), entry.get("Slot"), entry.get("Fields")]
        for entry in appointment["History"]
        if entry["By"] == "Outlook"
    ]


def disturbed(player: Player, before: Known) -> list[str]:
    """Return what became of events that were there before the play and have nothing to do with it."""
    now = player.known().events
    lost = [f"event {event} of an earlier play is gone" for event in before.events if event not in now]
    changed = [
        f"event {event} of an earlier play was written"
        for event, version in before.events.items()
        if event in now and now[event] != version
    ]
    return lost + changed


def doubles(player: Player) -> list[str]:
    """Return the appointments of which there is more than one event."""
    found = [
        mark["AppointmentGuid"] for person in player.people for event in person.events()
        for mark in event["Extensions"].values() if "AppointmentGuid" in mark
    ]  # fmt: skip
    return sorted({f"appointment {guid} has {found.count(guid)} events" for guid in found if found.count(guid) > 1})


def written(player: Player, entries: list[Json]) -> list[str]:
    """Return what the app wrote, to whichever system, in the names of a play's reps."""
    names = {name for person in player.people for name in (person.upn, person.user)}
    return [
        f"{entry['Service']} {entry['Method']} {entry['Path']}"
        for entry in entries
        if entry["Service"] in ("graph", "salesexec")
        and entry["Actor"] in names
        and entry["Method"] in WRITES
        and not entry["Path"].endswith("/$batch")
    ]


def left_over(stack: Stack) -> list[str]:
    """Return the messages that wait or are poisoned, when none should."""
    found: list[str] = []
    with QueueServiceClient.from_connection_string(stack.storage) as queues:
        for queue in queues.list_queues():
            with queues.get_queue_client(queue.name) as client:
                count = client.get_queue_properties().approximate_message_count
            if count:
                found.append(f"{count} messages in {queue.name}")
    return found


def still_waiting(stack: Stack) -> dict[str, list[str]]:
    """Return the pushes that wait, by rep."""
    found: dict[str, list[str]] = {}
    with (
        TableServiceClient.from_connection_string(stack.storage) as tables,
        tables.get_table_client("Waiting") as waiting,
    ):
        for row in waiting.list_entities():
            # A rep's next turn has a row for good; what waits for it has others.
            if not row["RowKey"].startswith("~next."):
                facts = {name: str(value) for name, value in row.items() if not name.startswith("Content")}
                found.setdefault(str(row["UserGuid"]), []).append(f"a push waits: {facts}")
    return found


def differences(expected: Any, found: Any, where: str = "") -> list[str]:
    """Return where two states differ, in words."""
    if type(expected) is not type(found):
        return [f"{where}: {shortly(expected)} became {shortly(found)}"]
    if isinstance(expected, dict):
        names = sorted(expected.keys() | found.keys())
        return [line for name in names for line in differences(expected.get(name), found.get(name), f"{where}/{name}")]
    if isinstance(expected, list) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found, strict=True))
        return [line for number, (one, other) in pairs for line in differences(one, other, f"{where}/{number}")]
    return [] if expected == found else [f"{where}: {shortly(expected)} became {shortly(found)}"]


def shortly(value: Any) -> str:
    """Return a value in at most a few hundred characters."""
    text = re.sub(r"\s+", " ", json.dumps(value, ensure_ascii=False))
    return text if len(text) <= 600 else f"{text[:600]}…"
