"""An office for each test, in which nothing may end up poisoned and nobody may be mailed."""

from collections.abc import Iterator

import pytest

from tests.use_cases.office import Office


@pytest.fixture(name="office")
def _office() -> Iterator[Office]:
    office = Office()
    yield office
    assert office.poisoned == []
    assert sum(calendar.mails for calendar in office.calendars.by_mailbox.values()) == 0
