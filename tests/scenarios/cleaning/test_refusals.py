"""What a clean-up is refused for: bodies that make no sense, jobs and reps nobody knows, the wrong key."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from sandbox.stack import Stack
from tests.scenarios.api import Api
from tests.scenarios.cleaning.jobs import ask, cleaned, look, sums
from tests.scenarios.people import Person

NOBODY = "11111111-1111-4111-8111-111111111111"


def test_who_is_not_connected_has_nothing_to_clean_up(new_rep: Person) -> None:
    for dry_run in (False, True):
        answer = ask(new_rep.api, {"UserGuid": new_rep.user, "DryRun": dry_run})

        assert answer.status_code == 409
        assert "connect" in answer.json()["detail"]


def test_an_unknown_job_is_not_found(api: Api) -> None:
    for job in (str(uuid.uuid4()), "nonsense"):
        answer = api.call("GET", f"cleanup/{job}", "get_cleanup")

        assert answer.status_code == 404
        assert answer.headers["Content-Type"].startswith("application/problem+json")


def test_a_job_is_known_in_capitals_too(anna: Person) -> None:
    job = cleaned(anna)

    assert look(anna.api, job["JobId"].upper()) == job
    assert sums(job) == (0, 0, 0)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/UserGuid"),
        ({"UserGuid": "nonsense"}, "/UserGuid"),
        ({"UserGuid": 7}, "/UserGuid"),
        ({"UserGuid": None, "Confirm": "REMOVE ALL"}, "/UserGuid"),
        ({"AllUsers": True}, "/Confirm"),
        ({"AllUsers": True, "Confirm": "remove all"}, "/Confirm"),
        ({"AllUsers": True, "DryRun": True}, "/Confirm"),
        ({"AllUsers": "true", "Confirm": "REMOVE ALL"}, "/AllUsers"),
        ({"AllUsers": True, "Confirm": "REMOVE ALL", "UserGuid": NOBODY}, "/UserGuid"),
        ({"UserGuid": NOBODY, "Sides": []}, "/Sides"),
        ({"UserGuid": NOBODY, "Sides": "Outlook"}, "/Sides"),
        ({"UserGuid": NOBODY, "Sides": ["Outlook", "Exchange"]}, "/Sides"),
        ({"UserGuid": NOBODY, "Sides": [["Outlook"]]}, "/Sides"),
        ({"UserGuid": NOBODY, "DryRun": "yes"}, "/DryRun"),
        ({"UserGuid": NOBODY, "DryRun": None}, "/DryRun"),
    ],
)
def test_a_body_that_makes_no_sense_is_pointed_at(api: Api, body: dict[str, Any], pointer: str) -> None:
    answer = ask(api, body)

    assert answer.status_code == 400
    assert pointer in [each["pointer"] for each in answer.json()["errors"]]


@pytest.mark.parametrize("content", [b"", b"[]", b"nonsense", b"\xff"])
def test_a_body_that_is_no_object_is_refused(api: Api, content: bytes) -> None:
    headers = {"Content-Type": "application/json"}

    answer = api.call("POST", "cleanup", "start_cleanup", data=content, headers=headers)

    assert answer.status_code == 400


def test_the_key_of_another_function_opens_nothing(api: Api, stack: Stack) -> None:
    wrong = {"x-functions-key": stack.keys["push_appointment"]}

    answers = [
        api.call("POST", "cleanup", "", json={"UserGuid": NOBODY}),
        api.call("POST", "cleanup", "", json={"UserGuid": NOBODY}, headers=wrong),
        api.call("GET", f"cleanup/{NOBODY}", "", headers=wrong),
    ]

    assert [answer.status_code for answer in answers] == [401, 401, 401]
