"""Triples that once ended badly, as plain as they could be made."""

import pytest

from shared_code.domain.appointments import ShowAs, Status
from shared_code.domain.preferences import ConflictWinner, PrivateEvents
from tests.planner.cases import Bond, Case, Link
from tests.planner.checks import played
from tests.planner.values import Said, When

AN_HOUR = When(start=60, end=120)
SIX_DAYS = When(repeats="daily", zone="America/Chicago", out=(2, 4))

KEPT = {
    "a new start of one side and the winning end of the other ended before it began": Case(
        agreed=Said(when=AN_HOUR),
        crm=Said(when=When(start=75, end=135)),
        outlook=Said(when=When(start=60, end=60)),
        outlook_at=19,
    ),
    "a new first day of one side and the other's last one were no day at all": Case(
        agreed=Said(when=When(start=10, end=11, all_day=True)),
        crm=Said(when=When(start=12, end=14, all_day=True)),
        outlook=Said(when=When(start=10, end=12, all_day=True)),
        winner=ConflictWinner.OUTLOOK,
        outlook_at=3,
    ),
    "a start from SalesExec met an end that it was told of meanwhile": Case(
        agreed=Said(when=AN_HOUR),
        crm=Said(when=When(start=120, end=120)),
        outlook=Said(when=When(start=60, end=90)),
        polls_first=True,
        outlook_at=19,
    ),
    "a rule from SalesExec overwrote times that it was told of meanwhile": Case(
        agreed=Said(when=AN_HOUR),
        crm=Said(when=When(start=60, end=120, repeats="weekly")),
        outlook=Said(when=When(start=60, end=90)),
        polls_first=True,
        winner=ConflictWinner.OUTLOOK,
        outlook_at=3,
    ),
    "SalesExec made a series one appointment, and was told of a day taken out of it": Case(
        agreed=Said(when=SIX_DAYS),
        crm=Said(when=When()),
        outlook=Said(when=When(repeats="daily", zone="America/Chicago", out=(1, 2, 4))),
        polls_first=True,
        crm_at=9,
        outlook_at=3,
    ),
    "a series moved by an hour in Outlook got back the days that were out of it": Case(
        agreed=Said(when=SIX_DAYS),
        crm=Said(when=SIX_DAYS),
        outlook=Said(when=When(start=60, end=90, repeats="daily", zone="America/Chicago", out=(2, 4))),
        outlook_at=3,
    ),
    "SalesExec took a start that nobody had told it, beside an end that it was told": Case(
        agreed=Said(when=When(start=10080, end=10185)),
        crm=Said(when=When(start=12960, end=13065)),
        outlook=Said(when=When(start=10080, end=10350)),
        polls_first=True,
    ),
    "Outlook said again what a push of the past says, and SalesExec was not told": Case(
        crm=Said(show_as=ShowAs.FREE),
        outlook=Said(show_as=ShowAs.FREE),
        before=Said(show_as=ShowAs.FREE),
        crm_at=6,
        edited_at=13,
        told_at=30,
        outlook_at=43,
    ),
    "the body of an event that was private no more did not follow, since its link was put back": Case(
        agreed=Said(private=True),
        crm=Said(subject="Busy", body="", location=""),
        outlook=Said(private=True),
        from_outlook=True,
        private_events=PrivateEvents.BUSY,
        link=Link.EDITED_OUT,
    ),
    "a series of whole days was imported though whole days are not wanted": Case(
        agreed=Said(when=When(start=4, end=5, all_day=True, repeats="monthly", times=5)),
        crm=None,
        outlook=Said(when=When(start=4, end=5, all_day=True, repeats="monthly", times=5)),
        bond=Bond.NONE,
        pushed=False,
        outlook_at=3,
        import_all_day=False,
    ),
    "a series revived by a day taken out of it was removed when its DELETE came once more": Case(
        agreed=Said(when=When(repeats="weekly", out=(1,))),
        crm=Said(when=When(repeats="weekly", out=(1,))),
        outlook=Said(when=When(repeats="weekly", out=(1, 2))),
        status=Status.CANCELED,
        lead=2,
        agreed_lead=2,
    ),
    "an event that is gone while SalesExec's edit is on its way is made again": Case(
        crm=Said(subject="Call again"), outlook=None, status=Status.PENDING
    ),
}


@pytest.mark.parametrize("case", KEPT.values(), ids=KEPT)
def test_what_once_ended_badly_ends_well(case: Case) -> None:
    assert played(case).wrongs == ()
