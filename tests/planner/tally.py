"""What all cases of a run came to, in numbers."""

from collections import Counter
from dataclasses import dataclass, field

from tests.planner.checks import Outcome


@dataclass(slots=True)
class Tally:
    """Counts over the cases of a run; `mirrored` are those that were played with the sides swapped as well."""

    cases: int = 0
    conflicts: int = 0
    mirrored: int = 0
    rounds: int = 0
    writes: int = 0
    tells: int = 0
    rows: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Outcome) -> None:
        """Count one case."""
        self.cases += 1
        self.conflicts += bool(outcome.conflicts)
        self.rounds = max(self.rounds, outcome.rounds)
        self.writes += outcome.writes
        self.tells += outcome.tells
        self.rows[str(outcome.row)] += 1

    def take_in(self, other: "Tally") -> None:
        """Count what another tally counted."""
        self.rounds = max(self.rounds, other.rounds)
        self.rows += other.rows
        for name in ("cases", "conflicts", "mirrored", "writes", "tells"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def lines(self) -> list[str]:
        """Say it for people."""
        rows = [f"    {count:>6}  {row}" for row, count in sorted(self.rows.items())]
        return [
            f"{self.cases} triples, {self.conflicts} with conflicts, {self.mirrored} planned with swapped sides too",
            f"quiet after at most {self.rounds} rounds: {self.writes} writes to Outlook, {self.tells} changes told",
            "by what each side did (SalesExec / Outlook):",
            *rows,
        ]
