"""What is printed: a small table for each kind of work, and below it each budget, kept or missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.timing import Timing
from benchmarks.wire import HEADINGS, Counts

TIMES = ("CPU, in GETs", "Time, in GETs")


@dataclass(frozen=True, slots=True)
class Budget:
    """A count that may not be more than so many."""

    what: str
    found: int
    most: int

    @property
    def is_kept(self) -> bool:
        """Tell whether it is not more."""
        return self.found <= self.most

    def __str__(self) -> str:
        verdict = "kept  " if self.is_kept else "MISSED"
        return f"  {verdict}  {self.what}: {self.found}, at most {self.most}"


@dataclass(slots=True)
class Section:
    """What is reported of one kind of work."""

    title: str
    columns: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    budgets: list[Budget] = field(default_factory=list)

    @classmethod
    def of_deeds(cls, title: str, what: str) -> Section:
        """Return an empty section whose rows have counts and times."""
        return cls(title, (what, *HEADINGS, *TIMES))

    def add(self, what: str, counts: Counts, timing: Timing) -> None:
        """Add a row with counts and times."""
        self.rows.append((what, *counts.cells(), str(timing.cpu), str(timing.wall)))

    def text(self) -> str:
        """Return the section as it is printed."""
        widths = [max(len(row[n]) for row in (self.columns, *self.rows)) for n in range(len(self.columns))]
        lines = [_line(row, widths) for row in (self.columns, ["-" * width for width in widths], *self.rows)]
        notes = [f"  {note}" for note in self.notes]
        return "\n".join([self.title, "", *lines, "", *notes, *(str(budget) for budget in self.budgets)]).rstrip()


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(cells, widths, strict=True)
    return "  ".join(["", first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)])


def verdict(budgets: Sequence[Budget]) -> str:
    """Say in plain words whether the budgets were kept."""
    missed = [budget for budget in budgets if not budget.is_kept]
    if not missed:
        return f"All {len(budgets)} budgets of counts were kept. Times are figures, not promises."
    lines = [f"{len(missed)} of {len(budgets)} budgets of counts were MISSED:", *(str(budget) for budget in missed)]
    return "\n".join(lines)
