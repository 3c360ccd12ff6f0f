"""Time that tests hold in their hand."""

from datetime import UTC, datetime, timedelta

from tests.builders import NOW


class FakeClock:
    """Stands still until it is moved."""

    def __init__(self, at: datetime = NOW) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def move(self, by: timedelta) -> None:
        """Let time pass."""
        self._at += by


class RealClock:
    """The time it is."""

    def now(self) -> datetime:
        return datetime.now(UTC)
