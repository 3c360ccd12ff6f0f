"""Every zone of Windows: what we write is the same instant in Outlook, in winter and in summer."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tzlocal.windows_tz import tz_win, win_tz

from sandbox.graph.wire.zones import Moment, zone_named
from shared_code.adapters.graph.wire.writing import DateTimeTimeZoneBody, content_body
from shared_code.domain.events import EventContent
from shared_code.domain.schedules import Timed
from shared_code.domain.zones import iana_of, windows_of

HOUR = timedelta(hours=1)
NOONS = [datetime(2027, month, 15, 12, tzinfo=UTC) for month in (1, 7)]


def in_outlook(said: DateTimeTimeZoneBody) -> datetime:
    """Return the instant that Exchange makes of a wall time, by a table and code of its own."""
    return Moment(wall=datetime.fromisoformat(said["dateTime"]), zone=zone_named(said["timeZone"])).instant


@pytest.mark.parametrize("windows", sorted(win_tz))
def test_a_windows_zone_survives_the_way_and_means_the_same_instants(windows: str) -> None:
    iana = iana_of(windows)
    assert iana is not None
    assert windows_of(iana) == windows

    for noon in NOONS:
        body = content_body(EventContent(schedule=Timed(start_at=noon, end_at=noon + HOUR, zone=iana)))
        assert body["start"]["timeZone"] == ("UTC" if iana == "UTC" else windows)
        assert [in_outlook(body["start"]), in_outlook(body["end"])] == [noon, noon + HOUR]


@pytest.mark.parametrize("iana", sorted(name for name in tz_win if iana_of(name) is not None))
def test_an_iana_zone_means_the_same_instants_under_its_windows_name(iana: str) -> None:
    zone = iana_of(iana) or "UTC"

    for noon in NOONS:
        wall = noon.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        body = content_body(EventContent(schedule=Timed(start_at=noon, end_at=noon, zone=zone)))
        assert in_outlook(body["start"]) == noon
        assert datetime.fromisoformat(body["start"]["dateTime"]) in (wall, noon.replace(tzinfo=None))
