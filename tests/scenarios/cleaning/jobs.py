"""An administrator at the clean-up: counting, beginning, looking."""

from __future__ import annotations

from collections import Counter
from typing import Any

import requests

from tests.scenarios.api import Api, answered
from tests.scenarios.people import Person
from tests.waiting import until

BOTH = ("Outlook", "SalesExec")
Job = dict[str, Any]


def ask(api: Api, body: object) -> requests.Response:
    """Ask for a clean-up."""
    return api.call("POST", "cleanup", "start_cleanup", json=body)


def begin(person: Person, *sides: str, **said: Any) -> str:
    """Begin the clean-up of one rep; return the job's id."""
    wanted: dict[str, Any] = {"UserGuid": person.user, **({"Sides": list(sides)} if sides else {}), **said}
    begun = ask(person.api, wanted)
    assert begun.status_code == 202, begun.text
    job: str = begun.json()["JobId"]
    assert begun.headers["Location"] == f"/api/cleanup/{job}"
    return job


def count(person: Person, *sides: str) -> dict[str, Any]:
    """Return what a clean-up of one rep would remove."""
    return answered(ask(person.api, {"UserGuid": person.user, "Sides": list(sides or BOTH), "DryRun": True}))


def look(api: Api, job: str) -> Job:
    """Return how far a job is."""
    return answered(api.call("GET", f"cleanup/{job}", "get_cleanup"))


def ended(api: Api, job: str, *, state: str = "Done", seconds: float = 60) -> Job:
    """Return the job when it is done, or in another state that is waited for."""
    return until(lambda: seen if (seen := look(api, job))["State"] == state else {}, seconds=seconds, what=f"{state}")


def cleaned(person: Person, *sides: str) -> Job:
    """Clean one rep up, and return the job when it is done."""
    return ended(person.api, begin(person, *sides))


def sums(job: Job) -> tuple[int, int, int]:
    """Return Found, Removed and how many are Left; the first is the sum of the others."""
    found, removed, left = job["Found"], job["Removed"], len(job["Left"])
    assert found == removed + left, job
    return found, removed, left


def reasons(job: Job) -> dict[str, int]:
    """Return how many events are left for which reason."""
    return dict(Counter(each["Reason"] for each in job["Left"]))
