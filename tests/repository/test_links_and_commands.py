"""Every page: its links lead somewhere, its commands exist, its files are there."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.repository.pages import REPOSITORY, files, page, without_code

PAGES = [str(path.relative_to(REPOSITORY)) for path in files(".md")]
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_OUTSIDE = re.compile(r"^(https?|mailto):")
_FILE = re.compile(r"`((?:\.ci|docs|functions|sandbox|shared_code|tests)/[\w./-]+\.\w+)`")
_COMMAND = re.compile(r"\./dev (\w+)(?: (--[a-z]+))?")


def links(name: str) -> Iterator[tuple[Path, str]]:
    """Yield where the links of a page lead: a path, and the heading there, if one is named."""
    for target in _LINK.findall(without_code(page(name))):
        if not _OUTSIDE.match(target):
            path, _, heading = target.partition("#")
            yield (REPOSITORY / name).parent / unquote(path) if path else REPOSITORY / name, heading


def headings(path: Path) -> set[str]:
    """Return the names by which a page's headings can be linked to."""
    titles = re.findall(r"^#+ (.+)$", without_code(path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_to_something_in_the_repository(name: str) -> None:
    for path, heading in links(name):
        assert path.exists(), f"{name} links to {path}"
        assert path.resolve().is_relative_to(REPOSITORY), f"{name} links out of the repository: {path}"
        assert not heading or heading in headings(path), f"{name} links to a heading that is not there: #{heading}"


@pytest.mark.parametrize("name", PAGES)
def test_every_file_that_a_page_names_is_there(name: str) -> None:
    for path in _FILE.findall(page(name)):
        assert (REPOSITORY / path).exists(), f"{name} names {path}"


@pytest.fixture(name="help_text", scope="module")
def _help_text() -> str:
    """Return what ./dev help prints."""
    return subprocess.run(  # noqa: S603 - our own script
        [str(REPOSITORY / "dev"), "help"], capture_output=True, text=True, check=True, timeout=60
    ).stdout


@pytest.mark.parametrize("name", PAGES)
def test_every_dev_command_that_a_page_shows_exists(name: str, help_text: str) -> None:
    commands = set(re.findall(r"^  ([a-z]+)", help_text, re.MULTILINE))

    for command, option in _COMMAND.findall(page(name)):
        assert command in commands, f"{name} shows ./dev {command}"
        assert not option or command == "test" or option in help_text, f"{name} shows ./dev {command} {option}"


def test_every_page_of_the_docs_can_be_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    todo = [REPOSITORY / "README.md"]
    while todo:
        path = todo.pop().resolve()
        if path in reached:
            continue
        reached.add(path)
        if path.is_dir() and path.name != "docs":  # that folder as a whole is no way to its pages
            todo += path.glob("*.md")
        elif path.suffix == ".md":
            todo += [target for target, _ in links(str(path.relative_to(REPOSITORY)))]

    assert {path for path in (REPOSITORY / "docs").rglob("*.md") if path.resolve() not in reached} == set()


def test_the_readme_can_be_read_in_one_go() -> None:
    assert len(page("README.md").splitlines()) <= 150
