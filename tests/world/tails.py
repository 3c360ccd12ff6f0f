"""What happened to the appointments that something is wrong with, for whoever must find out why."""

from __future__ import annotations

from typing import Any

from tests.world.seen import Json
from tests.world.stage import Stage


def tail(
    wrongs: list[str], versions: list[Json], journal: list[Json], histories: dict[str, list[Json]], stage: Stage
) -> str:
    """Return what happened to the appointments that something is wrong with."""
    lines = []
    for guid in sorted({wrong.rpartition("[")[2].rstrip("]") for wrong in wrongs if wrong.endswith("]")}):
        related = _related(guid, versions)
        lines.append(f"--- {guid}")
        lines += [_line(version) for version in versions if version["Id"] in related]
        lines += [f"    push {entry}" for entry in histories.get(guid, []) if entry["By"] == "push"][-12:]
        asked = [entry for entry in journal if any(each in entry["Path"] + entry["RequestBody"] for each in related)]
        lines += [
            f"    {entry['AtUtc'][11:23]} {entry['Service']} {entry['Method']} {entry['Path'][-60:]} {entry['Status']} "
            f"{entry['Fault']} {entry['Summary']}"
            for entry in asked[-25:]
        ]
        if guid in histories:
            lines += [f"    receipt {entry}" for entry in stage.receipt(guid)]
    killed = ", ".join(at.isoformat()[11:23] for at in stage.killed_at)
    return "\n".join([*lines, f"killed at {killed}"])


def _related(name: str, versions: list[Json]) -> set[str]:
    """Return an appointment and its events, or an event and its appointments."""
    related = {name}
    for version in versions:
        held: dict[str, Any] = version["Holds"] or {}
        event_id = held.get("EventId")
        guid = held.get("Extensions", {}).get("SalesExec.Appointment", {}).get("AppointmentGuid")
        if related & {version["Id"], event_id, guid}:
            related |= {each for each in (version["Id"], event_id, guid) if each}
    return related


def _line(version: Json) -> str:
    names = ("Subject", "Location", "Body", "Start", "End", "Status", "UserGuid", "EventId", "ShowAs", "ModifiedUtc")
    held = version["Holds"]
    said = "gone" if held is None else {name: held[name] for name in names if name in held}
    if held is not None and held.get("Attendees"):
        said = f"{said} with attendees"
    where = f"{version['Number']} {version['AtUtc'][5:23]} {version['System']} {version['By']}"
    return f"{where} {version['Id'][-12:]} {said}"
