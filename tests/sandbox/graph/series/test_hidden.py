"""Open extensions and extended properties of series, of their occurrences and of exceptions."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.sandbox.graph.rep import NAME, PROPERTY, Rep, code_of, extension
from tests.sandbox.graph.series.weekly import FIRST, change, occurrence, view, weekly

EXPAND = f"&$expand=extensions($filter=id eq '{NAME}')"
PROPERTIES = f"&$expand=singleValueExtendedProperties($filter=id eq '{PROPERTY}')"


def extensions_in_view(rep: Rep) -> list[Any]:
    return [one["extensions"][0]["Guid"] if "extensions" in one else None for one in view(rep, options=EXPAND)]


@pytest.mark.parametrize(("rule", "shown"), [("yes", "A-1"), ("no", None)])
def test_an_extension_of_the_master_may_show_on_its_occurrences(rep: Rep, rule: str, shown: str | None) -> None:
    rep.world.switches.set("graph.occurrences_show_extensions", rule)
    master = weekly(rep, extensions=[extension(Guid="A-1")])
    change(rep, "2026-10-12", subject="Planning")

    assert extensions_in_view(rep) == [shown] * 6
    assert rep.get(f"/me/events/{master['id']}", EXPAND[1:])["extensions"][0]["Guid"] == "A-1"


@pytest.mark.parametrize(("rule", "shown"), [("yes", "A-1"), ("no", None)])
def test_an_extended_property_of_the_master_may_show_on_its_occurrences(rep: Rep, rule: str, shown: str | None) -> None:
    rep.world.switches.set("graph.occurrences_show_properties", rule)
    weekly(rep, singleValueExtendedProperties=[{"id": PROPERTY, "value": "A-1"}])

    seen = view(rep, options=PROPERTIES)

    values = [
        one["singleValueExtendedProperties"][0]["value"]
        if len(one) and "singleValueExtendedProperties" in one
        else None
        for one in seen
    ]
    assert values == [shown] * 6


@pytest.mark.parametrize("rule", ["yes", "no"])
def test_an_exception_has_an_extension_of_its_own(rep: Rep, rule: str) -> None:
    rep.world.switches.set("graph.occurrences_show_extensions", rule)
    weekly(rep, extensions=[extension(Guid="A-1")])
    path = f"/me/events/{change(rep, '2026-10-12', subject='Planning')['id']}/extensions"
    if rule == "yes":
        rep.patch(f"{path}/{NAME}", extension(Guid="B-2"))
    else:
        rep.post(path, extension(Guid="B-2"))

    others = "A-1" if rule == "yes" else None
    assert extensions_in_view(rep) == [others, "B-2", others, others, others, others]
    assert rep.get(f"{path}/{NAME}")["Guid"] == "B-2"
    assert rep.delete(f"{path}/{NAME}") == 204
    assert extensions_in_view(rep) == [others] * 6


@pytest.mark.parametrize("rule", ["kept", "changed"])
def test_an_extension_written_to_an_occurrence_makes_it_an_exception(rep: Rep, rule: str) -> None:
    rep.world.switches.set("graph.exception_id", rule)
    weekly(rep)
    one = occurrence(rep, FIRST)

    added = rep.post(f"/me/events/{one['id']}/extensions", extension(Guid="B-2"))

    assert added["Guid"] == "B-2"
    assert occurrence(rep, FIRST)["type"] == "exception"
    assert extensions_in_view(rep) == ["B-2", None, None, None, None, None]


def test_what_an_occurrence_only_shows_it_cannot_delete(rep: Rep) -> None:
    weekly(rep, extensions=[extension(Guid="A-1")])
    path = f"/me/events/{occurrence(rep, FIRST)['id']}/extensions/{NAME}"

    answer = rep.ask("DELETE", path)

    assert rep.get(path)["Guid"] == "A-1"
    assert (answer.status_code, code_of(answer)) == (404, "ErrorItemNotFound")


def test_an_exception_has_an_extended_property_of_its_own(rep: Rep) -> None:
    weekly(rep, singleValueExtendedProperties=[{"id": PROPERTY, "value": "A-1"}])

    change(rep, "2026-10-12", singleValueExtendedProperties=[{"id": PROPERTY, "value": "B-2"}])

    seen = [one["singleValueExtendedProperties"][0]["value"] for one in view(rep, options=PROPERTIES)]
    assert seen == ["A-1", "B-2", "A-1", "A-1", "A-1", "A-1"]


def test_a_series_is_found_by_its_hidden_properties(rep: Rep) -> None:
    master = weekly(
        rep, extensions=[extension(Guid="A-1")], singleValueExtendedProperties=[{"id": PROPERTY, "value": "A-1"}]
    )
    by_value = f"singleValueExtendedProperties/Any(ep: ep/id eq '{PROPERTY}' and ep/value eq 'a-1')"

    for wanted in (f"Extensions/any(f:f/id eq '{NAME}')", by_value, "type eq 'seriesMaster'"):
        found = rep.get("/me/events", f"$filter={quote(wanted)}")["value"]
        assert [one["id"] for one in found] == [master["id"]]
