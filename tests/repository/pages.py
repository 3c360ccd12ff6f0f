"""Reads the repository's own files: pages in Markdown, their tables, links and commands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

_NOT_OURS = {
    ".git", ".venv", ".local", ".hypothesis", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".import_linter_cache",
    ".python_packages", "node_modules", "__pycache__",
}  # fmt: skip
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CELL_ENDS = re.compile(r"(?<!\\)\|")

type Row = dict[str, str]


def page(name: str) -> str:
    """Return the text of a file, by its path in the repository."""
    return (REPOSITORY / name).read_text(encoding="utf-8")


def files(*suffixes: str) -> Iterator[Path]:
    """Yield the repository's own files with one of these suffixes (all of them when none is given)."""
    folders = [REPOSITORY]
    while folders:
        for entry in sorted(folders.pop().iterdir()):
            if entry.is_dir() and entry.name not in _NOT_OURS and not entry.name.startswith("__azurite"):
                folders.append(entry)
            elif entry.is_file() and (not suffixes or entry.suffix in suffixes):
                yield entry


def tables(text: str) -> list[list[Row]]:
    """Return the tables of a page in order, each row by its column's name, without the backticks around whole cells."""
    found: list[list[Row]] = []
    header: list[str] = []
    for line in without_code(text).splitlines():
        if not line.startswith("|"):
            header = []
        elif not header:
            header = _cells(line)
            found.append([])
        elif not set(line) <= set("|-: "):
            found[-1].append(dict(zip(header, _cells(line), strict=True)))
    return found


def table(text: str, *columns: str) -> list[Row]:
    """Return the rows of all tables of a page that begin with these columns."""
    rows = [row for rows in tables(text) for row in rows if list(row)[: len(columns)] == list(columns)]
    assert rows, f"no table with the columns {columns}"
    return rows


def section(text: str, heading: str) -> str:
    """Return what stands under a heading of the second level, up to the next one."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert heading in found, f"no heading {heading!r}, only {list(found)}"
    return found[heading]


def plain(cell: str) -> str:
    """Return a cell without backticks."""
    return cell.replace("`", "")


def named(cell: str) -> list[str]:
    """Return what a cell names in backticks."""
    return re.findall(r"`([^`]+)`", cell)


def code(text: str, language: str) -> str:
    """Return all blocks of a page in this language, one after the other, their continued lines joined."""
    return "\n".join(body for kind, body in _FENCED.findall(text) if kind == language).replace("\\\n", " ")


def without_code(text: str) -> str:
    """Return a page without its blocks of code."""
    return _FENCED.sub("", text)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in _CELL_ENDS.split(line.strip())[1:-1]]
