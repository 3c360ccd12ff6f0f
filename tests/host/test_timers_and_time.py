"""Timers run by NCRONTAB, by hand, and by a clock that is moved from outside."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests

from sandbox.host.triggers.timers import next_tick
from sandbox.host.worker.functions import AppRefused
from tests.host.conftest import Hosted
from tests.waiting import until


def an_app(schedule: str, notes: Path) -> str:
    return f'''
from datetime import datetime, UTC
@app.timer_trigger(schedule="{schedule}", arg_name="timer")
def tick(timer: func.TimerRequest) -> None:
    with open({str(notes)!r}, "a") as notes:
        notes.write(f"{{datetime.now(UTC):%Y-%m-%d %H:%M}} {{timer.past_due}}\\n")
'''


def noted(notes: Path) -> list[str]:
    return notes.read_text().splitlines() if notes.exists() else []


@pytest.mark.parametrize(
    ("schedule", "then"),
    [
        ("0 */15 * * * *", "2026-11-22 12:15:00"),
        ("*/15 * * * *", "2026-11-22 12:15:00"),
        ("30 0 9 * * 1-5", "2026-11-23 09:00:30"),
        ("0 0 0 1 1 *", "2027-01-01 00:00:00"),
    ],
)
def test_ncrontab_has_seconds_first_and_utc(schedule: str, then: str) -> None:
    now = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)

    assert f"{next_tick(schedule, now):%Y-%m-%d %H:%M:%S}" == then


def test_a_schedule_that_means_nothing_is_refused() -> None:
    with pytest.raises(AppRefused, match="no NCRONTAB schedule"):
        next_tick("every quarter of an hour", datetime.now(UTC))


def test_a_timer_runs_by_its_schedule_from_a_setting(hosted: Hosted, tmp_path: Path) -> None:
    notes = tmp_path / "notes"

    hosted(an_app("%SCHEDULE%", notes), settings={"SCHEDULE": "*/1 * * * * *"})

    until(lambda: len(noted(notes)) >= 2, what="two ticks")


def test_a_timer_is_started_by_hand_with_the_master_key(hosted: Hosted, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    host = hosted(an_app("0 0 0 1 1 *", notes), options=("--no-timers",))

    answer = requests.post(
        f"{host.url}/admin/functions/tick", json={}, headers={"x-functions-key": host.master_key}, timeout=10
    )

    assert answer.status_code == 202
    until(lambda: noted(notes), what="the tick")
    assert noted(notes)[0].endswith("False")
    assert host.status()["invocations"]["tick ok"] == 1


def test_starting_by_hand_answers_404_for_no_such_function_and_400_for_no_json(hosted: Hosted, tmp_path: Path) -> None:
    host = hosted(an_app("0 0 0 1 1 *", tmp_path / "notes"))
    master = {"x-functions-key": host.master_key}

    unknown = requests.post(f"{host.url}/admin/functions/other", json={}, headers=master, timeout=10)
    empty = requests.post(f"{host.url}/admin/functions/tick", headers=master, timeout=10)

    assert (unknown.status_code, empty.status_code) == (404, 400)


def test_moving_the_clock_over_many_ticks_runs_the_timer_once_as_past_due(hosted: Hosted, tmp_path: Path) -> None:
    notes, clock = tmp_path / "notes", tmp_path / "clock"
    host = hosted(an_app("0 0 0 * * *", notes), options=("--clock-file", str(clock)))

    clock.write_text(str(3 * 24 * 3600))

    until(lambda: noted(notes), what="the tick")
    until(lambda: host.clock_offset() == 3 * 24 * 3600, what="the host tells its offset")
    assert len(noted(notes)) == 1
    assert noted(notes)[0].endswith("True")
    assert noted(notes)[0] > f"{datetime.now(UTC):%Y-%m-%d}"
