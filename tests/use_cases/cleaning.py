"""What tests of clean-ups share: a filled calendar, and how to look at a job."""

from datetime import timedelta

from shared_code.domain.cleanups import CleanupState, Side
from shared_code.domain.schedules import Timed
from shared_code.use_cases.cleanup_jobs import CleanupView, show_cleanup
from tests.builders import a_time
from tests.use_cases.office import Office, Rep, event_of

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
OUTLOOK = (Side.OUTLOOK,)
SALESEXEC = (Side.SALESEXEC,)
BOTH = (Side.OUTLOOK, Side.SALESEXEC)


def in_days(office: Office, days: float) -> Timed:
    return a_time(office.clock.now() + days * DAY)


def filled(office: Office, anna: Rep, *, ours: int = 12, hers: int = 6) -> None:
    """Give the rep events of ours, copies of two of them by hand, a meeting, one elsewhere, and her own."""
    booked = [office.book_with_event(anna, subject=f"Ours {number}") for number in range(ours)]
    for number in range(hers):
        anna.calendar.add_by_hand(subject=f"Own {number}", schedule=in_days(office, 1 + number))
    office.tick()
    ids = [event_of(office, anna, each.guid) for each in booked]
    for event_id in ids[:2]:
        anna.calendar.copy_by_hand(event_id, subject="A copy")
    anna.calendar.invite_by_hand(ids[2], "eve@example.com")
    anna.calendar.move_to_other_calendar_by_hand(ids[3])
    office.tick()


def view(office: Office, started: CleanupView) -> CleanupView:
    found = show_cleanup(started.job.id, office.ports)
    assert found is not None
    return found


def figures(seen: CleanupView) -> tuple[CleanupState, int, int, int]:
    parts = seen.parts
    left = sum(len(part.left) for part in parts)
    return seen.state, sum(part.found for part in parts), sum(part.removed for part in parts), left


def remains(anna: Rep) -> list[str]:
    """Return what a clean-up of a filled calendar leaves."""
    return [
        "A copy",
        "A copy",
        "Ours 2",
        *sorted(e.subject for e in anna.calendar.events.values() if "Own" in e.subject),
    ]
