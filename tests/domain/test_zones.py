"""Names of time zones, and the instants behind wall times."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tzlocal.windows_tz import tz_win, win_tz

from shared_code.domain.zones import UnknownZone, iana_of, instant_of, resolve, windows_of


@pytest.mark.parametrize(
    ("name", "iana"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("w. europe standard time", "Europe/Berlin"),
        ("India Standard Time", "Asia/Kolkata"),
        ("US/East-Indiana", "US/East-Indiana"),
        ("UTC", "UTC"),
        ("utc", "UTC"),
        ("tzone://Microsoft/Utc", "UTC"),
        ("Europe/Kyiv (Kiev)", "Europe/Kyiv"),
        (" Asia/Tokyo ", "Asia/Tokyo"),
    ],
)
def test_a_zone_is_known_by_any_of_its_names(name: str, iana: str) -> None:
    assert iana_of(name) == iana


@pytest.mark.parametrize(
    "name",
    [
        "", " ", "Mars/Olympus", "tzone://Microsoft/Custom", "Customized Time Zone", "Europe", "localtime", "Factory",
        "../../etc/passwd", "/etc/passwd", "Europe/../Europe/Berlin", "Europe/Berlin\x00", "zone.tab", "Ünknown",
    ],
)  # fmt: skip
def test_a_name_that_no_table_has_is_none(name: str) -> None:
    assert iana_of(name) is None
    with pytest.raises(UnknownZone):
        resolve(name)


def test_every_windows_zone_can_be_read_and_written_again() -> None:
    assert {windows: windows_of(iana_of(windows) or "") for windows in win_tz} == {name: name for name in win_tz}


def test_every_zone_of_the_table_resolves() -> None:
    assert [iana for iana in tz_win if iana and iana_of(iana) is None] == []


def test_a_zone_that_windows_does_not_have_has_no_windows_name() -> None:
    assert windows_of("Antarctica/Troll") is None


@pytest.mark.parametrize(
    ("wall", "instant"),
    [
        ("2026-11-24T10:00:00", "2026-11-24T09:00:00+00:00"),
        ("2026-03-29T02:30:00", "2026-03-29T01:30:00+00:00"),  # skipped: becomes 03:30
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00+00:00"),  # shown twice: the first
    ],
)
def test_a_wall_time_is_the_instant_that_outlook_means(wall: str, instant: str) -> None:
    assert instant_of(datetime.fromisoformat(wall), ZoneInfo("Europe/Berlin")) == datetime.fromisoformat(instant)


@given(
    st.sampled_from(sorted(win_tz.values())),
    st.integers(min_value=0, max_value=47 * 365 * 24 * 60),
)
def test_an_instant_survives_its_wall_time_but_for_hours_shown_twice(name: str, minutes: int) -> None:
    at = datetime(1990, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    wall = at.astimezone(resolve(name))

    again = instant_of(wall.replace(tzinfo=None), resolve(name))

    assert again == at or (wall.fold == 1 and timedelta(0) < at - again <= timedelta(hours=3))
