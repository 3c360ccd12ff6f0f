"""Batches under load and faults: four parts at a time, each throttled, failing and journalled on its own."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from sandbox.graph.store import GraphStore
from sandbox.journal import Entry
from tests.sandbox.graph.batch.parts import part, reads, run, statuses
from tests.sandbox.graph.rep import Rep, an_event
from tests.waiting import until


def limits(rep: Rep, **numbers: float) -> None:
    rep.outlook("PUT", "/limits", numbers)


def order(rep: Rep, kind: str, **fields: Any) -> int:
    return rep.world.faults.order({"Service": "graph", "Kind": kind, **fields}).number


def parts_in_the_journal(rep: Rep) -> list[Entry]:
    return [entry for entry in rep.world.journal.since(0, "graph") if "Part" in entry.facts]


def answered(rep: Rep, count: int) -> dict[str, Any]:
    """Return the sandbox's figures once they count so many answers of Graph."""
    figures = rep.world.journal.figures()
    return figures if sum(figures["Answers"].get("graph", {}).values()) == count else {}


def mailbox_figures(rep: Rep) -> dict[str, Any]:
    rows: list[dict[str, Any]] = rep.outlook("GET", "/figures")["Mailboxes"]
    return rows[0]


def in_the_background(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
    results: list[Any] = []
    thread = threading.Thread(target=lambda: results.append(work()), daemon=True)
    thread.start()
    return thread, results


def running(rep: Rep) -> int:
    """Return how many requests occupy the mailbox now."""
    return sum(use.running for use in rep.world.store(GraphStore).limits.uses.values())


def test_twenty_parts_run_four_at_a_time_and_none_is_throttled(rep: Rep) -> None:
    limits(rep, LatencyMs=20)

    said = run(rep, *reads(20))

    assert set(statuses(said).values()) == {200}
    assert (mailbox_figures(rep)["MostAtOnce"], mailbox_figures(rep)["Requests"]) == (4, 20)


def test_parts_that_depend_on_each_other_run_one_at_a_time(rep: Rep) -> None:
    limits(rep, LatencyMs=5)
    chain = [part("0", "GET", "/me/events")]
    chain += [part(str(number), "GET", "/me/events", dependsOn=[str(number - 1)]) for number in range(1, 20)]

    run(rep, *chain)

    assert mailbox_figures(rep)["MostAtOnce"] == 1


def test_a_request_beside_a_running_batch_is_one_too_many(rep: Rep) -> None:
    limits(rep, LatencyMs=2000)
    headers = {"Authorization": f"Bearer {rep.token}"}
    url = f"{rep.root}/$batch"
    thread, results = in_the_background(
        lambda: requests.post(url, json={"requests": reads(4)}, headers=headers, timeout=30)
    )
    until(lambda: running(rep) == 4, what="four running parts")

    beside = rep.ask("GET", "/me/events")
    thread.join(30)

    assert (beside.status_code, beside.headers["Retry-After"]) == (429, "5")
    assert [one["status"] for one in results[0].json()["responses"]] == [200] * 4


def test_two_batches_at_once_throttle_parts_of_each_other(rep: Rep) -> None:
    limits(rep, LatencyMs=300)
    headers = {"Authorization": f"Bearer {rep.token}"}

    def send(_: int) -> requests.Response:
        return requests.post(f"{rep.root}/$batch", json={"requests": reads(8)}, headers=headers, timeout=30)

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(send, range(2)))

    said = [one for answer in answers for one in answer.json()["responses"]]
    counted = Counter(one["status"] for one in said)
    assert [answer.status_code for answer in answers] == [200, 200]
    assert set(counted) == {200, 429}
    refused = [one for one in said if one["status"] == 429]
    assert {one["body"]["error"]["code"] for one in refused} == {"ApplicationThrottled"}
    assert all(int(one["headers"]["Retry-After"]) >= 1 for one in refused)


def test_a_batch_counts_as_one_request_over_http_and_as_many_in_the_journal(rep: Rep) -> None:
    rep.get("/me/events")
    run(rep, *reads(3))
    run(rep, *reads(2))

    outer = [entry for entry in rep.world.journal.since(0, "graph") if entry.path == "/v1.0/$batch"]
    parts = parts_in_the_journal(rep)

    assert [entry.facts for entry in outer] == [{"Parts": 3}, {"Parts": 2}]
    assert outer[0].summary == "ran a batch of 3: 3 times 200"
    assert [entry.facts["Batch"] for entry in parts] == [outer[0].seq] * 3 + [outer[1].seq] * 2
    assert {(one.method, one.path, one.actor, one.status) for one in parts} == {
        ("GET", "/v1.0/me/events", rep.user.upn, 200)
    }
    assert parts[0].summary == "listed 0 of 0 events"
    figures = until(lambda: answered(rep, 8), what="the last answer being counted")
    assert rep.outlook("GET", "/figures")["Requests"] == {"Http": 3, "Batches": 2, "Parts": 5}
    assert figures["Answers"]["graph"] == {"200": 8}
    assert figures["MostAtOnce"]["graph"] == {rep.user.upn: 1}


def test_a_part_that_never_ran_is_in_no_journal(rep: Rep) -> None:
    run(rep, part("1", "GET", "/nowhere"), part("2", "GET", "/me/events", dependsOn=["1"]))

    assert [entry.facts["Part"] for entry in parts_in_the_journal(rep)] == ["1"]
    until(lambda: answered(rep, 2), what="the last answer being counted")
    assert rep.outlook("GET", "/figures")["Requests"] == {"Http": 1, "Batches": 1, "Parts": 1}


def test_one_part_can_be_throttled_and_stays_throttled_for_its_time(rep: Rep) -> None:
    order(rep, "throttle", RetryAfter="30", Match={"Method": "POST", "PathContains": "/events"})
    write, read = part("write", "POST", "/me/events", an_event()), part("read", "GET", "/me/events")

    first, second = run(rep, write, read), run(rep, write, read)

    assert statuses(first) == statuses(second) == {"write": 429, "read": 200}
    assert first["write"]["headers"]["Retry-After"] == "30"
    assert first["write"]["body"]["error"]["code"] == "TooManyRequests"
    assert Counter(entry.fault for entry in parts_in_the_journal(rep)) == {"": 2, "throttle": 1, "early": 1}
    assert rep.everything() == []


@pytest.mark.parametrize(
    ("fault", "status", "made"),
    [
        ({"Kind": "unavailable", "Status": 503, "RetryAfter": "7"}, 503, 0),
        ({"Kind": "accept_then_fail", "Status": 503}, 503, 1),
        ({"Kind": "drop_before"}, 504, 0),
        ({"Kind": "drop_after"}, 504, 1),
        ({"Kind": "slow", "Seconds": 0.05}, 201, 1),
    ],
)
def test_one_part_can_fail_before_or_after_it_was_done(rep: Rep, fault: dict[str, Any], status: int, made: int) -> None:
    order(rep, fault.pop("Kind"), Match={"Method": "POST", "PathContains": "/me/events"}, **fault)

    said = run(rep, part("write", "POST", "/me/events", an_event()), part("read", "GET", "/me/events"))

    assert statuses(said) == {"write": status, "read": 200}
    assert len(rep.everything()) == made
    assert said["write"]["headers"].get("Retry-After") == fault.get("RetryAfter")
    assert Counter(entry.fault != "" for entry in parts_in_the_journal(rep)) == {True: 1, False: 1}


@pytest.mark.parametrize(("kind", "made"), [("hold", 0), ("hold_after", 1)])
def test_one_part_can_be_held(rep: Rep, kind: str, made: int) -> None:
    held = order(rep, kind, Match={"Method": "POST", "PathContains": "/me/events"})
    body = {"requests": [part("write", "POST", "/me/events", an_event()), part("read", "GET", "/me/events")]}
    headers = {"Authorization": f"Bearer {rep.token}"}
    thread, results = in_the_background(
        lambda: requests.post(f"{rep.root}/$batch", json=body, headers=headers, timeout=30)
    )
    until(lambda: any(fault.hold.waiting for fault in rep.world.faults.listed()), what="a held part")
    meanwhile = len(rep.everything())

    rep.world.faults.release(held)
    thread.join(30)

    assert meanwhile == made
    assert sorted(one["status"] for one in results[0].json()["responses"]) == [200, 201]
    assert len(rep.everything()) == 1


def test_the_whole_batch_can_be_struck_instead_of_its_parts(rep: Rep) -> None:
    order(rep, "throttle", RetryAfter="9", Match={"PathContains": "$batch"})
    write = {"requests": [part("1", "POST", "/me/events", an_event())]}
    throttled = rep.ask("POST", "/$batch", write)
    rep.world.faults.reset()
    order(rep, "accept_then_fail", Match={"PathContains": "$batch"})
    failed = rep.ask("POST", "/$batch", write)

    assert (throttled.status_code, throttled.headers["Retry-After"]) == (429, "9")
    assert (failed.status_code, len(rep.everything())) == (503, 1)
    assert len(parts_in_the_journal(rep)) == 1


def test_a_fault_for_a_part_does_not_concern_the_batch_around_it(rep: Rep) -> None:
    order(rep, "unavailable", Times=None, Match={"PathContains": "/me/calendars"})

    said = run(rep, part("1", "GET", "/me/calendars"), part("2", "GET", "/me/events"))

    assert statuses(said) == {"1": 503, "2": 200}
