"""A connected rep and the hands on her series."""

from __future__ import annotations

import pytest

from tests.control import Control
from tests.scenarios.people import Person
from tests.scenarios.series.hands import Hands


@pytest.fixture(name="hands")
def _hands(control: Control, anna: Person) -> Hands:
    return Hands(control, anna)
