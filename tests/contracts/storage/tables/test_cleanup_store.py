"""CleanupStore: cleanups, and how far each rep's part has come."""

import uuid
from dataclasses import fields, replace
from datetime import timedelta

import pytest

from shared_code.adapters.tables.cleanups import TableCleanups
from shared_code.domain.cleanups import CleanupJob, CleanupPart, CleanupState, JobId, Side
from shared_code.domain.identifiers import UserGuid
from shared_code.domain.ownership import LeftEvent, LeftReason
from shared_code.use_cases.errors import StaleVersion
from shared_code.use_cases.ports import CleanupStore
from tests.builders import NOW, a_user, an_event_id
from tests.contracts.conftest import FAKE_AND_REAL, all_at_once, real_or_fake
from tests.fakes.stores import FakeCleanups


@pytest.fixture(name="cleanups", params=FAKE_AND_REAL)
def cleanups_fixture(request: pytest.FixtureRequest) -> CleanupStore:
    store: CleanupStore = real_or_fake(request, FakeCleanups, TableCleanups)
    return store


def a_job_id() -> JobId:
    return JobId(str(uuid.uuid4()))


def a_job(**said: object) -> CleanupJob:
    plain = CleanupJob(id=a_job_id(), sides=(Side.OUTLOOK,), dry_run=False, all_users=False, started_at=NOW)
    return replace(plain, **said)  # type: ignore[arg-type]  # names of fields


def a_full_part() -> CleanupPart:
    return CleanupPart(
        job=a_job_id(),
        user=a_user(),
        state=CleanupState.BLOCKED,
        outlook_found=1200,
        outlook_remaining=0,
        salesexec_found=7,
        salesexec_remaining=3,
        left=tuple(LeftEvent(event_id=an_event_id(), reason=reason) for reason in LeftReason),
        touched_at=NOW.replace(microsecond=5),
        finished_at=NOW + timedelta(minutes=1),
    )


def test_an_unknown_cleanup_has_no_job_and_no_parts(cleanups: CleanupStore) -> None:
    job = a_job_id()

    assert cleanups.job(job) is None
    assert cleanups.part(job, a_user()) is None
    assert cleanups.parts(job) == []


@pytest.mark.parametrize("sides", [(Side.OUTLOOK,), (Side.SALESEXEC,), (Side.OUTLOOK, Side.SALESEXEC)])
def test_everything_of_a_job_comes_back(cleanups: CleanupStore, sides: tuple[Side, ...]) -> None:
    job = a_job(sides=sides, dry_run=True, all_users=True, spread=True)

    saved = cleanups.save_job(job)

    assert cleanups.job(job.id) == saved == replace(job, version=saved.version)


def test_everything_of_a_part_comes_back(cleanups: CleanupStore) -> None:
    part = a_full_part()

    saved = cleanups.save_part(part)

    assert cleanups.part(part.job, part.user) == saved == replace(part, version=saved.version)
    assert cleanups.parts(part.job) == [saved]


def test_the_full_part_above_leaves_nothing_at_its_default() -> None:
    plain = CleanupPart(job=a_job_id(), user=a_user())

    same = [each.name for each in fields(CleanupPart) if getattr(a_full_part(), each.name) == getattr(plain, each.name)]

    assert same == ["version"]


def test_a_count_of_none_is_not_a_count_of_nothing(cleanups: CleanupStore) -> None:
    part = cleanups.save_part(CleanupPart(job=a_job_id(), user=a_user(), outlook_found=0))

    read = cleanups.part(part.job, part.user)

    assert read is not None
    assert (read.outlook_found, read.outlook_remaining) == (0, None)


def test_what_is_taken_away_from_a_part_is_gone(cleanups: CleanupStore) -> None:
    saved = cleanups.save_part(a_full_part())

    again = cleanups.save_part(CleanupPart(job=saved.job, user=saved.user, version=saved.version))

    assert cleanups.part(saved.job, saved.user) == again
    assert again.left == ()


def test_thousands_of_events_can_be_left(cleanups: CleanupStore) -> None:
    left = tuple(LeftEvent(event_id=an_event_id(), reason=next(iter(LeftReason))) for _ in range(2000))

    saved = cleanups.save_part(replace(a_full_part(), left=left))

    assert cleanups.part(saved.job, saved.user) == saved


def test_the_parts_of_a_job_are_all_found_and_the_job_is_none_of_them(cleanups: CleanupStore) -> None:
    job = cleanups.save_job(a_job())
    reps = [a_user() for _ in range(5)]
    saved = [cleanups.save_part(CleanupPart(job=job.id, user=user)) for user in reps]
    cleanups.save_part(a_full_part())

    found = cleanups.parts(job.id)

    assert sorted(part.user for part in found) == sorted(reps)
    assert all(part in saved for part in found)


def test_what_is_unfinished_and_made_no_progress_is_found(cleanups: CleanupStore) -> None:
    quick, slow = NOW + timedelta(minutes=2), NOW - timedelta(minutes=2)
    jobs = [cleanups.save_job(a_job(spread=spread, started_at=at)) for spread in (False, True) for at in (slow, quick)]
    parts = [
        cleanups.save_part(CleanupPart(job=jobs[1].id, user=a_user(), state=state, touched_at=at))
        for state in CleanupState
        for at in (slow, quick)
    ]

    found = cleanups.unfinished(NOW)

    mine = [each for each in found if each in (*jobs, *parts)]
    unfinished = {CleanupState.RUNNING, CleanupState.BLOCKED}
    assert [each for each in mine if isinstance(each, CleanupJob)] == [jobs[0]]
    assert {each.state for each in mine if isinstance(each, CleanupPart)} == unfinished
    assert {each.touched_at for each in mine if isinstance(each, CleanupPart)} == {slow}
    assert len(mine) == 3


def test_a_save_over_another_version_is_stale_and_changes_nothing(cleanups: CleanupStore) -> None:
    part, job = cleanups.save_part(a_full_part()), cleanups.save_job(a_job())
    newer_part = cleanups.save_part(replace(part, state=CleanupState.RUNNING))
    newer_job = cleanups.save_job(replace(job, spread=True))

    for stale in (part, replace(part, version=None)):
        with pytest.raises(StaleVersion):
            cleanups.save_part(replace(stale, state=CleanupState.DONE))
    for stale_job in (job, replace(job, version=None)):
        with pytest.raises(StaleVersion):
            cleanups.save_job(replace(stale_job, dry_run=True))

    assert cleanups.part(part.job, part.user) == newer_part
    assert cleanups.job(job.id) == newer_job


def test_of_many_saves_of_one_part_one_wins(cleanups: CleanupStore) -> None:
    part = cleanups.save_part(CleanupPart(job=a_job_id(), user=UserGuid(a_user())))

    def save(number: int) -> bool:
        try:
            cleanups.save_part(replace(part, outlook_found=number))
        except StaleVersion:
            return False
        return True

    assert sum(all_at_once(8, save)) == 1
