"""Open extensions and extended properties of events."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.graph.rep import NAME, PROPERTY, Rep, an_event, code_of, extension

FULL_NAME = f"microsoft.graph.openTypeExtension.{NAME}"
OLD_NAME = f"Microsoft.OutlookServices.OpenTypeExtension.{NAME}"


def test_an_inline_extension_comes_back_with_its_type_and_id(rep: Rep) -> None:
    created = rep.create(extensions=[extension(AppointmentGuid="a-1", picks=["one", "two"])])

    assert created["extensions"] == [
        {
            "@odata.type": "#microsoft.graph.openTypeExtension",
            "id": FULL_NAME,
            "extensionName": NAME,
            "AppointmentGuid": "a-1",
            "picks@odata.type": "#Collection(String)",
            "picks": ["one", "two"],
        }
    ]


def test_reading_an_event_shows_no_extension_unless_it_is_expanded(rep: Rep) -> None:
    created = rep.create(extensions=[extension(rev=1)])

    assert "extensions" not in rep.get(f"/me/events/{created['id']}")


@pytest.mark.parametrize("name", [NAME, FULL_NAME, OLD_NAME])
def test_an_extension_is_named_with_or_without_its_type(rep: Rep, name: str) -> None:
    created = rep.create(extensions=[extension(rev=1)])

    by_address = rep.get(f"/me/events/{created['id']}/extensions/{name}")
    expanded = rep.get(f"/me/events/{created['id']}", f"$expand=Extensions($filter=id eq '{name}')")

    assert by_address["extensionName"] == NAME
    assert expanded["extensions"][0]["rev"] == 1


def test_an_extension_added_later_makes_a_new_version_of_the_event(rep: Rep) -> None:
    event = rep.create()
    path = f"/me/events/{event['id']}"

    added = rep.post(f"{path}/extensions", extension(rev=1))

    assert (added["id"], added["rev"]) == (FULL_NAME, 1)
    assert rep.get(path)["changeKey"] != event["changeKey"]


def test_a_patch_of_an_extension_merges(rep: Rep) -> None:
    event = rep.create(extensions=[extension(rev=1, LeadGuid="l-1")])
    path = f"/me/events/{event['id']}/extensions/{NAME}"

    after = rep.patch(path, extension(rev=2, note="new"))

    assert (after["rev"], after["LeadGuid"], after["note"]) == (2, "l-1", "new")


def test_a_deleted_extension_is_gone(rep: Rep) -> None:
    event = rep.create(extensions=[extension(rev=1)])
    path = f"/me/events/{event['id']}/extensions/{NAME}"

    first, second = rep.delete(path), rep.delete(path)

    assert (first, second) == (204, 404)
    assert rep.everything()[0]["Extensions"] == {}


def test_extensions_cannot_be_listed(rep: Rep) -> None:
    event = rep.create(extensions=[extension(rev=1)])

    answer = rep.ask("GET", f"/me/events/{event['id']}/extensions")

    assert (answer.status_code, code_of(answer)) == (400, "ErrorInvalidRequest")
    assert answer.json()["error"]["message"] == "The OData request is not supported."


def test_a_second_extension_of_the_same_name_is_refused(rep: Rep) -> None:
    event = rep.create(extensions=[extension(rev=1)])

    answer = rep.ask("POST", f"/me/events/{event['id']}/extensions", extension(rev=2))

    assert answer.status_code == 409


@pytest.mark.parametrize(
    "broken",
    [
        {"extensionName": NAME, "rev": 1},
        {"@odata.type": "microsoft.graph.openTypeExtension", "rev": 1},
        extension(lead={"id": 1}),
        extension(leads=[{"id": 1}]),
        "com.example",
    ],
)
def test_an_extension_without_type_or_name_or_with_objects_inside_is_refused(rep: Rep, broken: Any) -> None:
    answer = rep.ask("POST", "/me/events", an_event(extensions=[broken]))

    assert (answer.status_code, code_of(answer)) == (400, "RequestBodyRead")


def test_an_event_patch_takes_no_extensions_inline(rep: Rep) -> None:
    event = rep.create()

    answer = rep.ask("PATCH", f"/me/events/{event['id']}", {"extensions": [extension(rev=1)]})

    assert (answer.status_code, code_of(answer)) == (400, "ErrorInvalidRequest")


def test_extended_properties_are_not_echoed_but_kept_and_changed_by_a_patch(rep: Rep) -> None:
    created = rep.create(singleValueExtendedProperties=[{"id": PROPERTY, "value": "a-1:1"}])
    path = f"/me/events/{created['id']}"
    patched = rep.patch(path, {"singleValueExtendedProperties": [{"id": PROPERTY, "value": "a-1:2"}]})

    read = rep.get(path, f"$expand=singleValueExtendedProperties($filter=id eq '{PROPERTY}')")

    assert "singleValueExtendedProperties" not in created | patched
    assert read["singleValueExtendedProperties"] == [{"id": PROPERTY, "value": "a-1:2"}]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"id": "String Name X", "value": "x"}, "ErrorInvalidRequest"),
        ({"id": PROPERTY}, "RequestBodyRead"),
        ({"id": PROPERTY.replace("String", "Integer"), "value": "many"}, "ErrorPropertyValidationFailure"),
    ],
)
def test_an_extended_property_must_have_a_real_id_and_a_value_of_its_type(
    rep: Rep, given: dict[str, str], code: str
) -> None:
    answer = rep.ask("POST", "/me/events", an_event(singleValueExtendedProperties=[given]))

    assert (answer.status_code, code_of(answer)) == (400, code)
