"""Histories that once ended badly, as short as they still did: kept so that what was mended stays mended."""

from datetime import timedelta

import pytest

from shared_code.domain.preferences import ConflictWinner
from tests.engine.histories import History, played
from tests.engine.story import Step
from tests.engine.world import Terms

KEPT = {
    "an appointment cancelled before its move had changed hands left its event with the old rep": History(
        44,
        Terms(winner=ConflictWinner.NEWEST, honours_if_match=True, failing=0.1, crm_skew=timedelta(minutes=10)),
        (
            Step("crm_new", 733155181),
            Step("start", 56593492),
            Step("finish", 555414303),
            Step("crm_move", 316622420),
            Step("crm_cancel", 481276326),
        ),
    ),
    "the stamp of our own mark passed for that of a later edit in Outlook": History(
        3343,
        Terms(winner=ConflictWinner.NEWEST, honours_if_match=False, failing=0.03),
        (
            Step("crm_new", 743331845),
            Step("crm_new", 185773088),
            Step("outlook_new", 620497560),
            Step("run", 941320629),
            Step("start", 823701796),
            Step("tick", 146219757),
            Step("run", 848293853),
            Step("start", 618079811),
            Step("crm_move", 123919151),
            Step("crm_edit", 876295825),
            Step("start", 469316663),
            Step("start", 895240827),
            Step("wait", 542455086),
            Step("start", 689379835),
            Step("crm_edit", 916309370),
            Step("outlook_edit", 408634146),
            Step("crm_cancel", 154001163),
            Step("crm_edit", 729419109),
        ),
    ),
    "a meeting that was skipped waited for ever, and its import was told anew with every poll": History(
        4398,
        Terms(winner=ConflictWinner.SALESEXEC, honours_if_match=True, failing=0.1),
        (
            Step("crm_new", 325005947),
            Step("outlook_new", 428566910),
            Step("crm_new", 94528681),
            Step("outlook_new", 328038312),
            Step("crm_cancel", 971372273),
            Step("start", 96209183),
            Step("tick", 181748999),
            Step("start", 390827810),
            Step("crm_move", 640335541),
            Step("crm_cancel", 787456317),
            Step("run", 738941036),
            Step("wait", 282559075),
            Step("start", 385287168),
            Step("start", 922040196),
            Step("start", 607802139),
            Step("crm_edit", 789599088),
            Step("outlook_invite", 319989789),
            Step("crm_edit", 872285418),
            Step("start", 719025449),
            Step("tick", 596973576),
            Step("start", 769147263),
            Step("run", 38013490),
            Step("outlook_invite", 221272880),
        ),
    ),
    "an import noted after its appointment had moved stayed linked, and the move back left a ghost": History(
        4460,
        Terms(
            winner=ConflictWinner.NEWEST,
            honours_if_match=True,
            failing=0.0,
            graph_skew=timedelta(minutes=-10),
            crm_skew=timedelta(minutes=-10),
        ),
        (
            Step("crm_new", 202610071),
            Step("outlook_new", 671984622),
            Step("tick", 319720508),
            Step("crm_edit", 592388028),
            Step("run", 594065260),
            Step("start", 823124458),
            Step("crm_move", 606456902),
            Step("outlook_invite", 866541993),
            Step("crm_edit", 851135178),
            Step("crm_move", 204198867),
            Step("outlook_edit", 161777273),
            Step("run", 35882595),
            Step("start", 121514134),
            Step("tick", 773154634),
            Step("start", 880837028),
        ),
    ),
    "a push that moved an appointment away came after the newer one that had brought it back": History(
        5503,
        Terms(winner=ConflictWinner.NEWEST, honours_if_match=True, failing=0.0),
        (
            Step("tick", 460024924),
            Step("outlook_new", 833019479),
            Step("start", 765591274),
            Step("start", 51607181),
            Step("crm_move", 231823408),
            Step("crm_move", 126039306),
        ),
    ),
    "ids used up by two earlier attempts kept an appointment out of Outlook": History(
        8303,
        Terms(winner=ConflictWinner.SALESEXEC, honours_if_match=False, failing=0.1, app_skew=timedelta(minutes=10)),
        (
            Step("crm_new", 655472243),
            Step("outlook_new", 361286674),
            Step("crm_new", 439716858),
            Step("start", 346862391),
            Step("run", 262266440),
            Step("outlook_delete", 144644185),
            Step("start", 461969618),
            Step("tick", 31597501),
            Step("tick", 572018799),
            Step("start", 888369287),
            Step("start", 894358515),
            Step("start", 665249373),
            Step("crm_edit", 410484475),
            Step("run", 713385110),
            Step("start", 956834092),
        ),
    ),
}


@pytest.mark.parametrize("history", KEPT.values(), ids=KEPT)
def test_what_once_ended_badly_ends_well(history: History) -> None:
    assert played(history).wrongs == ()
