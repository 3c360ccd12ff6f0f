"""What the house promises of itself: sizes, pins, budgets, decisions, and that it speaks of nothing else."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from tests.__main__ import lanes
from tests.repository.pages import REPOSITORY, files, page, plain, table

LONGEST_FILE = 400
PINNED = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*(\[[a-z,]+\])?==[0-9][A-Za-z0-9.]*$")
DECISIONS = sorted((REPOSITORY / "docs" / "decisions").glob("*.md"))
# In pieces, so that this file does not hold what it looks for.
ELSEWHERE = re.compile("|".join(("/work" + r"/(main|shared)\b", "/tmp" + "/(brief|probe)", r"\.\./" + "shared/")))  # noqa: S108
TEXT = {".py", ".md", ".toml", ".txt", ".json", ".html", ".css", ".svg", ".cjs", ""}


def test_no_python_file_is_longer_than_a_reader_can_hold() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files(".py")}

    assert {str(path): length for path, length in lengths.items() if length > LONGEST_FILE} == {}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt"])
def test_every_requirement_is_pinned(name: str) -> None:
    lines = [line.partition("#")[0].strip() for line in page(name).splitlines()]

    assert [line for line in lines if line and line != "-r requirements.txt" and not PINNED.match(line)] == []


def test_the_repository_speaks_of_itself_alone() -> None:
    found = [
        f"{path.relative_to(REPOSITORY)}: {match[0]}"
        for path in files()
        if path.suffix in TEXT and (match := ELSEWHERE.search(path.read_text(encoding="utf-8", errors="replace")))
    ]

    assert found == []


def test_every_simulator_says_how_true_it_is() -> None:
    sandbox = REPOSITORY / "sandbox"
    simulators = {path.parent for path in sandbox.glob("*/routes.py")} | {sandbox / "host"}

    assert len(simulators) >= 5
    assert {folder.name for folder in simulators if not (folder / "FIDELITY.md").exists()} == set()


def test_every_room_of_tests_has_a_budget() -> None:
    rooms = {path.name for path in (REPOSITORY / "tests").iterdir() if path.is_dir() and any(path.rglob("test_*.py"))}

    assert rooms <= {plain(row["Room"]) for row in table(page("tests/budget.md"), "Room", "Lane", "Minutes")}


def test_the_budgets_add_up_to_what_the_page_says() -> None:
    text = page("tests/budget.md")

    rows = table(text, "Room", "Lane", "Minutes")
    totals = [sum(int(row["Minutes"]) for row in rows if row["Lane"] == lane) for lane in ("1", "2")]

    assert f"The lanes take {totals[0]} and {totals[1]} minutes" in text
    assert max(totals) < 37


def test_the_lanes_are_those_that_the_page_names() -> None:
    rows = table(page("tests/budget.md"), "Room", "Lane", "Minutes")

    named = [sorted(plain(row["Room"]) for row in rows if row["Lane"] == lane) for lane in ("1", "2")]

    assert named == [*lanes()]


def test_the_changelog_has_a_place_for_the_next_version() -> None:
    assert "\n## [Unreleased]\n" in page("CHANGELOG.md")


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_every_decision_has_the_same_parts(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert text.startswith(f"# {int(path.name[:4])}. ")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
        "Status",
        "Context",
        "Decision",
        "Consequences",
        "Rejected",
    ]
    assert "\nWanted: " in text
    assert "\nUnwanted: " in text


def test_the_architecture_rules_are_there_for_the_linter() -> None:
    contracts = tomllib.loads(page("pyproject.toml"))["tool"]["importlinter"]["contracts"]

    forbidden = {
        (source, target)
        for contract in contracts
        for source in contract.get("source_modules", ())
        for target in contract.get("forbidden_modules", ())
    }
    assert "layers" in {contract["type"] for contract in contracts}
    assert {("functions", "sandbox"), ("shared_code", "sandbox")} <= forbidden
    assert {("sandbox", "functions"), ("sandbox", "shared_code")} <= forbidden
