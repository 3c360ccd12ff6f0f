"""What all histories of a run came to, in numbers."""

from dataclasses import dataclass, fields

from tests.engine.histories import Played


@dataclass(slots=True)
class Tally:
    """Counts over the histories of a run; `between` are histories with an invitation between a poll and a push."""

    histories: int = 0
    between: int = 0
    steps: int = 0
    calls: int = 0
    faults: int = 0
    kills: int = 0
    mails: int = 0
    duplicates: int = 0
    lost: int = 0
    overwritten: int = 0
    mails_blindly: int = 0
    unnoted: int = 0

    def add(self, played: Played) -> None:
        """Count one history."""
        self.histories += 1
        self.between += played.invited > 0
        for name in ("steps", "calls", "faults", "kills", "mails", "mails_blindly", "overwritten", "unnoted"):
            setattr(self, name, getattr(self, name) + getattr(played, name))
        kinds = [wrong.partition(":")[0] for wrong in played.wrongs]
        self.duplicates += sum("times" in kind or "more than once" in kind for kind in kinds)
        self.lost += sum("lost" in kind or "differ" in kind for kind in kinds)

    def take_in(self, other: "Tally") -> None:
        """Count what another tally counted."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))

    def lines(self) -> list[str]:
        """Say it for people."""
        return [
            f"{self.histories} histories of {self.steps} steps and {self.calls} port calls",
            f"{self.faults} calls failed, {self.kills} times a worker was killed",
            f"{self.between} histories invited people between a poll and a push",
            f"{self.mails} mails, {self.duplicates} duplicates, {self.lost} lost edits",
            f"counted apart, since Graph ignored If-Match: {self.overwritten} edits lost, {self.mails_blindly} mails",
            f"counted apart as well: {self.unnoted} imports that were noted late",
        ]
