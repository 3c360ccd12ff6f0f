"""Batches: what is asked of them, and what becomes of their parts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.graph.batch.parts import JSON, part, reads, run, statuses
from tests.sandbox.graph.delta.following import NOVEMBER
from tests.sandbox.graph.rep import Rep, an_event, code_of


def test_each_part_is_answered_by_its_own(rep: Rep) -> None:
    kept, deleted = rep.create(subject="Kept")["id"], rep.create()["id"]

    said = run(
        rep,
        part("read", "GET", f"/me/events/{kept}"),
        part("write", "PATCH", f"/me/events/{kept}", {"showAs": "free"}),
        part("make", "POST", "me/events", an_event(subject="Made")),
        part("delete", "DELETE", f"/me/events/{deleted}"),
        part("wrong", "GET", f"/me/events/{kept}X"),
        part("view", "GET", f"/me/calendarView?{NOVEMBER}&$select=subject"),
        part("track", "GET", f"/me/calendarView/delta?{NOVEMBER}"),
    )

    assert statuses(said) == {
        "read": 200, "write": 200, "make": 201, "delete": 204, "wrong": 400, "view": 200, "track": 200,
    }  # fmt: skip
    assert said["read"]["body"]["subject"] == "Kept"
    assert said["delete"]["body"] is None
    assert said["wrong"]["body"]["error"]["code"] == "ErrorInvalidIdMalformed"
    assert said["make"]["headers"]["Location"].startswith(f"{rep.root}/users(")
    assert {one["Subject"] for one in rep.everything()} == {"Kept", "Made"}


def test_the_order_of_the_answers_is_not_that_of_the_requests(rep: Rep) -> None:
    answer = rep.post("/$batch", {"requests": reads(20)}, status=200)

    names = [one["id"] for one in answer["responses"]]

    assert sorted(names, key=int) == [str(number) for number in range(20)]
    assert names != [str(number) for number in range(20)]


def test_headers_belong_to_parts(rep: Rep) -> None:
    created = rep.create()
    immutable = rep.everything()[0]["Id"]
    read = part("1", "GET", f"/me/events/{created['id']}")

    said = run(
        rep,
        read | {"headers": {"Prefer": 'IdType="ImmutableId", outlook.timezone="Tokyo Standard Time"'}},
        read | {"id": "2"},
        part("3", "PATCH", f"/me/events/{created['id']}", {"showAs": "free"}, headers={**JSON, "If-Match": 'W/"old"'}),
    )
    outer = rep.post("/$batch", {"requests": [read]}, prefer='IdType="ImmutableId"', status=200)

    assert (said["1"]["body"]["id"], said["2"]["body"]["id"]) == (immutable, created["id"])
    assert said["1"]["body"]["start"]["timeZone"] == "Tokyo Standard Time"
    assert 'IdType="ImmutableId"' in said["1"]["headers"]["Preference-Applied"]
    assert (said["3"]["status"], said["3"]["body"]["error"]["code"]) == (412, "ErrorIrresolvableConflict")
    assert outer["responses"][0]["body"]["id"] == created["id"]


def test_a_batch_needs_a_token_and_its_parts_the_scope(rep: Rep) -> None:
    nobody = rep.ask("POST", "/$batch", {"requests": reads(1)}, headers={"Authorization": "Bearer unknown"})
    rep.token = rep.fresh_token(("Calendars.Read",))

    said = run(rep, part("read", "GET", "/me/events"), part("write", "POST", "/me/events", an_event()))

    assert (nobody.status_code, code_of(nobody)) == (401, "InvalidAuthenticationToken")
    assert statuses(said) == {"read": 200, "write": 403}


def test_a_part_cannot_bring_a_token_of_its_own(rep: Rep) -> None:
    said = run(rep, part("1", "GET", "/me/events", headers={"Authorization": "Bearer unknown"}))

    assert statuses(said) == {"1": 200}


@pytest.mark.parametrize(
    ("requests", "code", "words"),
    [
        ([], "BadRequest", "Invalid batch payload format."),
        ({"id": "1"}, "BadRequest", "Invalid batch payload format."),
        (["GET /me"], "BadRequest", "Invalid batch payload format."),
        ([{"id": "1", "method": "GET"}], "BadRequest", "Invalid batch payload format."),
        ([part("1", "LOOK", "/me")], "BadRequest", "Invalid batch payload format."),
        ([part("1", "GET", "https://graph.microsoft.com/v1.0/me")], "BadRequest", "Invalid batch payload format."),
        ([part("1", "GET", "/me", headers={"Prefer": 1})], "BadRequest", "Invalid batch payload format."),
        (reads(21), "MaximumValueExceeded", "Number of batch request steps exceeds the maximum value of 20."),
        (
            [part("a", "GET", "/me"), part("A", "GET", "/me")],
            "BadRequest",
            "Request Id A has to be unique in a batch.",
        ),
        (
            [part("1", "POST", "/me/events", {"subject": "x"}, headers={})],
            "BadRequest",
            "Write request with id '1' does not contain a Content-Type header.",
        ),
        (
            [part("1", "POST", "/me/events", headers=JSON)],
            "BadRequest",
            "Write request id : 1 does not contain Content-Type header or body.",
        ),
    ],
)
def test_a_malformed_batch_is_refused_as_a_whole(rep: Rep, requests: Any, code: str, words: str) -> None:
    answer = rep.ask("POST", "/$batch", {"requests": requests})

    assert (answer.status_code, code_of(answer), answer.json()["error"]["message"]) == (400, code, words)
    assert rep.everything() == []


def test_a_batch_is_posted_as_json(rep: Rep) -> None:
    got = rep.ask("GET", "/$batch")
    empty = rep.ask("POST", "/$batch")

    assert (got.status_code, empty.status_code, code_of(empty)) == (405, 400, "BadRequest")


@pytest.mark.parametrize(("url", "segment"), [("/v1.0/me/events", "v1.0"), ("/$batch", "$batch")])
def test_neither_versions_nor_batches_stand_in_a_batch(rep: Rep, url: str, segment: str) -> None:
    said = run(rep, part("1", "POST", url, {"requests": reads(1)}))

    assert said["1"]["status"] == 400
    assert said["1"]["body"]["error"]["message"] == f"Resource not found for the segment '{segment}'."


def test_parts_can_run_one_after_the_other(rep: Rep) -> None:
    created = rep.create()["id"]

    said = run(
        rep,
        part("first", "PATCH", f"/me/events/{created}", {"subject": "First"}),
        part("second", "PATCH", f"/me/events/{created}", {"subject": "Second"}, dependsOn=["FIRST"]),
        part("third", "GET", f"/me/events/{created}", dependsOn=["second"]),
    )

    assert statuses(said) == {"first": 200, "second": 200, "third": 200}
    assert said["third"]["body"]["subject"] == "Second"


def test_what_depends_on_a_failed_part_fails_too_and_never_runs(rep: Rep) -> None:
    created = rep.create()["id"]

    said = run(
        rep,
        part("1", "GET", f"/me/events/{created}"),
        part(
            "2",
            "PATCH",
            f"/me/events/{created}",
            {"subject": "X"},
            dependsOn=["1"],
            headers={**JSON, "If-Match": '"old"'},
        ),
        part("3", "DELETE", f"/me/events/{created}", dependsOn=["2"]),
        part("4", "GET", "/me/events", dependsOn=["3"]),
    )

    assert statuses(said) == {"1": 200, "2": 412, "3": 424, "4": 424}
    assert said["3"]["body"]["error"]["code"] == "FailedDependency"
    assert len(rep.everything()) == 1


@pytest.mark.parametrize(
    "dependencies",
    [
        {"2": ["1"]},
        {"1": ["2"], "2": ["1"], "3": ["2"]},
        {"2": ["1"], "3": ["1"]},
        {"2": ["1"], "3": ["1", "2"]},
        {"2": ["9"], "3": ["2"]},
        {"2": ["2"], "3": ["2"]},
        {"2": [1], "3": ["2"]},
    ],
)
def test_a_batch_is_fully_sequential_or_fully_parallel(rep: Rep, dependencies: dict[str, list[Any]]) -> None:
    requests = [part(name, "GET", "/me/events", dependsOn=dependencies.get(name, [])) for name in "123"]

    answer = rep.ask("POST", "/$batch", {"requests": requests})

    assert (answer.status_code, code_of(answer)) == (400, "BadRequest")


def test_all_parts_may_depend_on_one_where_that_is_served(rep: Rep) -> None:
    rep.world.switches.set("graph.batch_same_dependency", "served")
    gone = part("1", "GET", "/me/calendars/AAMkA")

    said = run(rep, gone, *(part(name, "GET", "/me/events", dependsOn=["1"]) for name in "23"))

    assert statuses(said) == {"1": 400, "2": 424, "3": 424}


def test_errors_of_parts_name_the_request_of_the_batch(rep: Rep) -> None:
    body = {"requests": [part("1", "GET", "/nowhere"), part("2", "GET", "/nothing")]}

    answer = rep.ask("POST", "/$batch", body, headers={"client-request-id": "mine"})

    inner = [one["body"]["error"]["innerError"] for one in answer.json()["responses"]]
    assert {one["request-id"] for one in inner} == {answer.headers["request-id"]}
    assert {one["client-request-id"] for one in inner} == {"mine"}


def test_the_same_sandbox_shuffles_the_same_way(rep: Rep) -> None:
    def orders() -> list[list[str]]:
        rep.world.reset()
        rep.user = rep.world.directory.add_user(upn="dana@contoso.example", display_name="Dana Swope")
        rep.token = rep.fresh_token()
        answers = [rep.post("/$batch", {"requests": reads(9)}, status=200) for _ in range(3)]
        return [[one["id"] for one in answer["responses"]] for answer in answers]

    first = orders()

    assert first == orders()
    assert first[0] != first[1]
