"""AlarmStore: one alarm for each code, however often it is sounded."""

import uuid
from datetime import timedelta

import pytest

from shared_code.adapters.tables.alarms import TableAlarms
from shared_code.use_cases.ports import Alarm, AlarmStore
from tests.builders import NOW
from tests.contracts.conftest import FAKE_AND_REAL, real_or_fake
from tests.fakes.stores import FakeAlarms


@pytest.fixture(name="alarms", params=FAKE_AND_REAL)
def alarms_fixture(request: pytest.FixtureRequest) -> AlarmStore:
    store: AlarmStore = real_or_fake(request, FakeAlarms, TableAlarms)
    return store


def of_code(alarms: AlarmStore, code: str) -> list[Alarm]:
    """Return the alarms of one code; other tests sound others."""
    return [alarm for alarm in alarms.sounded() if alarm.code == code]


def test_an_alarm_is_one_however_often_it_is_sounded(alarms: AlarmStore) -> None:
    code = f"invalid_client/{uuid.uuid4()}"
    later = NOW + timedelta(minutes=5)

    alarms.sound(code, "first words", NOW)
    alarms.sound(code, "later words", later)

    assert of_code(alarms, code) == [Alarm(code=code, message="later words", first_at=NOW, last_at=later, count=2)]


def test_a_silenced_alarm_is_gone_and_can_be_sounded_anew(alarms: AlarmStore) -> None:
    code = str(uuid.uuid4())
    alarms.sound(code, "words", NOW)

    alarms.silence(code)
    alarms.silence(code)
    assert of_code(alarms, code) == []
    alarms.sound(code, "words", NOW)

    assert [alarm.count for alarm in of_code(alarms, code)] == [1]


def test_endless_words_are_cut(alarms: AlarmStore) -> None:
    code = str(uuid.uuid4())

    alarms.sound(code, "x" * 100_000, NOW)

    (alarm,) = of_code(alarms, code)
    assert 100 < len(alarm.message) < 2_000
