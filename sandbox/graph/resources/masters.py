"""What only a read of one series master tells: which of its occurrences were deleted, and which are exceptions."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

from sandbox.graph.mailbox.items import Event
from sandbox.graph.queries.options import Expansion, select_of
from sandbox.graph.resources.call import Call
from sandbox.graph.wire.entities import OF_MASTERS, SELECTABLE, Reading, event_id, occurrence_name, written_event

EVENT_KIND = "microsoft.graph.event"


def parts_of_master(call: Call, master: Event, reading: Reading) -> dict[str, Any]:
    """Return cancelledOccurrences if selected, and exceptionOccurrences if selected and expanded.

    Source: v1.0 metadata, event.cancelledOccurrences, event.exceptionOccurrences; Microsoft docs, api/event-get (beta).
    """
    selected = reading.select or ()
    parts: dict[str, Any] = {}
    if "cancelledOccurrences" in selected and master.series is not None:
        name = event_id(master, reading.preferences)
        parts["cancelledOccurrences"] = [occurrence_name(name, day) for day in sorted(master.series.cancelled)]
    if "exceptionOccurrences" in selected and reading.expansion.exceptions:
        parts |= _exceptions(call, master, reading)
    return parts


def exception_reading(reading: Reading) -> Reading:
    """Return how exceptions look inside of their master: as the expansion says, else like the master itself."""
    inner = select_of({"$select": reading.expansion.exceptions_select}, SELECTABLE, EVENT_KIND)
    outer = tuple(name for name in reading.select or () if name not in OF_MASTERS)
    return replace(reading, select=inner if inner is not None else outer or None, expansion=Expansion())


def _exceptions(call: Call, master: Event, reading: Reading) -> dict[str, Any]:
    """Return the exceptions of a series, or the first of them and where the rest is.

    Source: an integrator's finding (the link); Microsoft docs, concepts/known-issues (20 in one expansion).
    """
    found = call.mailbox.exceptions(master)
    most = call.switch("expanded_exceptions")
    shown = found[: int(most)] if most.isdigit() else found
    inner = exception_reading(reading)
    parts: dict[str, Any] = {"exceptionOccurrences": [written_event(one, inner) for one in shown]}
    if len(shown) < len(found):
        name = quote(event_id(master, reading.preferences), safe="")
        select = f"&$select={','.join(inner.select)}" if inner.select else ""
        rest = f"/me/events/{name}/exceptionOccurrences?$skip={len(shown)}{select}"
        parts["exceptionOccurrences@odata.nextLink"] = call.request.root + rest
    return parts
