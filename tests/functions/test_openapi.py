"""The description for machines is true: every call, every field, every word that the code can say."""

from __future__ import annotations

import json
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from functions.connection.wire import PREFERENCES
from functions.openapi.paths import document
from shared_code.adapters.salesexec.appointment_json import AppointmentBody
from tests.functions.expected import HTTP

PAGES = {"connect_page", "begin_connect", "oauth_callback", "confirm_connection"}
"""What a browser calls, which no program does."""
NAMES = {
    "appointment_guid": "AppointmentGuid",
    "user_guid": "UserGuid",
    "job_id": "JobId",
    "original_start": "OriginalStart",
}


def calls() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Return path, method and description of each call by its function."""
    return {
        call["operationId"]: (path, method.upper(), call)
        for path, methods in document()["paths"].items()
        for method, call in methods.items()
    }


def test_it_is_a_valid_document_and_plain_json() -> None:
    OpenAPIV31SpecValidator(json.loads(json.dumps(document()))).validate()


def test_every_function_that_programs_call_is_in_it_with_its_route_method_and_key() -> None:
    expected = {}
    for name, (route, methods, level) in HTTP.items():
        for ours, theirs in NAMES.items():
            route = route.replace(f"{{{ours}}}", f"{{{theirs}}}")
        if name not in PAGES:
            expected[name] = (f"/{route}", methods[0], level)

    found = {
        name: (path, method, "ANONYMOUS" if call.get("security") == [] else "FUNCTION")
        for name, (path, method, call) in calls().items()
    }

    assert found == expected


def test_every_parameter_of_a_path_is_described() -> None:
    for path, _, call in calls().values():
        described = {each["name"] for each in call.get("parameters", ()) if each["in"] == "path"}
        assert described == {name for name in NAMES.values() if f"{{{name}}}" in path}


def test_the_fields_of_a_push_are_those_that_are_read() -> None:
    schema = document()["components"]["schemas"]["Appointment"]
    fields = AppointmentBody.model_fields.values()

    assert set(schema["properties"]) == {field.alias for field in fields}
    assert set(schema["required"]) == {field.alias for field in fields if field.is_required()}


def test_the_preferences_are_those_that_are_read() -> None:
    assert list(document()["components"]["schemas"]["Preferences"]["properties"]) == list(PREFERENCES)


@pytest.mark.parametrize("name", sorted(document()["components"]["schemas"]))
def test_every_schema_is_used(name: str) -> None:
    assert f'"#/components/schemas/{name}"' in json.dumps(document())
