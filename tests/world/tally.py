"""What all histories of a run came to, in numbers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from tests.world.rounds import Played


@dataclass(slots=True)
class Tally:
    """Counts over the rounds of a run."""

    seeds: list[int] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def add(self, played: Played, seconds: float) -> None:
        """Count one round."""
        self.seconds += seconds
        self.counts += played.counts
        self.requests += played.requests
        for verdict in played.verdicts:
            self.seeds.append(verdict.history.seed)
            self.counts["between"] += verdict.invited > 0
            for name in ("steps", "faults", "mails", "overwritten", "marked_blindly", "unnoted"):
                self.counts[name] += getattr(verdict, name)
            for word, name in (("times", "duplicates"), ("more than once", "duplicates"), ("lost", "lost")):
                self.counts[name] += sum(word in wrong.partition(":")[0] for wrong in verdict.wrongs)

    def lines(self) -> list[str]:
        """Say it for people."""
        counts = self.counts
        requests = ", ".join(f"{count} {service}" for service, count in sorted(self.requests.items()))
        each = self.seconds / max(1, len(self.seeds))
        return [
            f"{len(self.seeds)} histories of {counts['steps']} steps, seeds {_spans(self.seeds)}, {each:.1f} s each",
            f"{counts['calls']} HTTP calls to the app; requests at the simulators: {requests}",
            f"{counts['faults']} requests met a fault, {counts['kills']} times the host was killed",
            f"{counts['put aside']} messages were put aside, {counts['reconnects']} times a rep had to sign in again",
            f"{counts['between']} histories invited people between a poll and a push",
            f"{counts['mails']} mails, {counts['duplicates']} duplicates, {counts['lost']} lost edits",
            f"counted apart: {counts['overwritten']} edits lost since Graph ignored If-Match, "
            f"{counts['marked_blindly']} marks written the moment somebody was invited, "
            f"{counts['unnoted']} imports whose note was lost",
        ]


def _spans(seeds: list[int]) -> str:
    spans: list[list[int]] = []
    for seed in sorted(seeds):
        if spans and spans[-1][1] == seed - 1:
            spans[-1][1] = seed
        else:
            spans.append([seed, seed])
    return ", ".join(f"{first} to {last}" for first, last in spans)
