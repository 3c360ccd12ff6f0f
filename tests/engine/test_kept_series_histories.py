"""Histories with series that once ended badly, as short as they still did: what was mended stays mended."""

from datetime import timedelta

import pytest

from shared_code.domain.preferences import ConflictWinner
from tests.engine.histories import History, played, steps_of
from tests.engine.world import Terms

KEPT = {
    "an occurrence that said again what its series had said before was not told": History(
        23,
        Terms(winner=ConflictWinner.OUTLOOK, honours_if_match=True, failing=0.0),
        steps_of(
            "crm_series_new:629970748 start:825472300 crm_occurrence_edit:701408768 outlook_edit:928491148 "
            "outlook_occurrence_edit:693852751"
        ),
    ),
    "a late push of an occurrence, older than its series, was written and SalesExec kept something else": History(
        3,
        Terms(
            winner=ConflictWinner.NEWEST,
            honours_if_match=True,
            failing=0.0,
            app_skew=timedelta(minutes=-10),
            crm_skew=timedelta(minutes=10),
        ),
        steps_of("crm_series_new:597573395 crm_occurrence_edit:918436429 crm_edit:34451955"),
    ),
    "a push of the series hid an edit of an occurrence that was yet to be told": History(
        29,
        Terms(
            winner=ConflictWinner.NEWEST,
            honours_if_match=True,
            failing=0.0,
            app_skew=timedelta(minutes=10),
            graph_skew=timedelta(minutes=10),
        ),
        steps_of(
            "crm_series_new:439055097 crm_occurrence_edit:573239918 outlook_occurrence_edit:876812273 "
            "crm_edit:779047358"
        ),
    ),
    "an older push of the series put back a day that SalesExec had taken out": History(
        40,
        Terms(winner=ConflictWinner.NEWEST, honours_if_match=True, failing=0.0, app_skew=timedelta(minutes=-10)),
        steps_of(
            "crm_series_new:743282105 start:681450048 crm_occurrence_cancel:438755340 "
            "crm_occurrence_edit:623404161 wait:276610390 crm_occurrence_cancel:422449289 start:49829468"
        ),
    ),
    "a change of an occurrence and the making of its series waited for one another": History(
        55,
        Terms(
            winner=ConflictWinner.OUTLOOK,
            honours_if_match=True,
            failing=0.03,
            app_skew=timedelta(minutes=10),
            graph_skew=timedelta(minutes=-10),
        ),
        steps_of(
            "crm_series_new:413664091 crm_series_new:248217993 start:49055454 crm_occurrence_edit:982168886 "
            "crm_occurrence_cancel:942347259 crm_occurrence_cancel:912900232 run:831309213 "
            "crm_occurrence_edit:433163564 start:933438323 crm_series_new:545312670 tick:69783402 run:661283693 "
            "start:667876441 outlook_delete:925998330 finish:603662378"
        ),
    ),
    "an edit of the series in Outlook won over what SalesExec had said of one occurrence": History(
        113,
        Terms(winner=ConflictWinner.OUTLOOK, honours_if_match=True, failing=0.0, app_skew=timedelta(minutes=10)),
        steps_of(
            "crm_series_new:299475648 start:441544742 crm_occurrence_edit:649906934 crm_occurrence_edit:833886898 "
            "outlook_edit:612671459"
        ),
    ),
    "a place that SalesExec gave the series won over the one that the rep had given an occurrence": History(
        306,
        Terms(winner=ConflictWinner.NEWEST, honours_if_match=False, failing=0.1, graph_skew=timedelta(minutes=-10)),
        steps_of(
            "crm_series_new:861208452 crm_occurrence_edit:747917007 wait:14217972 "
            "outlook_occurrence_edit:133997370 crm_edit:993594082 crm_occurrence_edit:577317892"
        ),
    ),
    "a poll that had read the series before an occurrence was pushed told that it was plain": History(
        406,
        Terms(
            winner=ConflictWinner.SALESEXEC,
            honours_if_match=True,
            failing=0.03,
            app_skew=timedelta(minutes=-10),
            graph_skew=timedelta(minutes=10),
        ),
        steps_of(
            "crm_series_new:912863262 crm_new:707011780 tick:293557457 tick:630970758 "
            "outlook_occurrence_edit:402451894 tick:633919842 tick:765607998 start:728202501 run:251312930 "
            "crm_occurrence_edit:147460354 crm_edit:867960157 run:933579794 crm_occurrence_cancel:897790535"
        ),
    ),
    "days deleted while a push waited counted as told once the series was noted as read": History(
        150,
        Terms(winner=ConflictWinner.NEWEST, honours_if_match=True, failing=0.03),
        steps_of(
            "crm_series_new:540377759 outlook_series_new:539153953 crm_series_new:982578701 "
            "crm_occurrence_cancel:586023908 crm_occurrence_edit:265495904 outlook_occurrence_edit:783007924 "
            "start:868359817 crm_occurrence_edit:250140224 crm_occurrence_edit:457809982 start:571609856 "
            "crm_cancel:452614027 wait:109977544 start:663650388 start:249020161 crm_series_new:827098124 "
            "run:171341940 start:487167551 outlook_occurrence_delete:673085934 "
            "outlook_occurrence_delete:611022502 start:714053919 tick:709950447 start:269871097 start:345874430"
        ),
    ),
    "a change of a day waited forever for a series that was called off while it was being made": History(
        399,
        Terms(
            winner=ConflictWinner.OUTLOOK,
            honours_if_match=True,
            failing=0.1,
            app_skew=timedelta(minutes=10),
            graph_skew=timedelta(minutes=-10),
        ),
        steps_of(
            "crm_series_new:223063727 crm_series_new:501833581 tick:384966606 crm_cancel:776509432 "
            "start:945695544 crm_edit:975012985 run:47681121 crm_occurrence_cancel:45788417 run:586407017 "
            "crm_cancel:270856371"
        ),
    ),
    "a day that SalesExec took out was back there, since it was told of another": History(
        1439,
        Terms(
            winner=ConflictWinner.SALESEXEC,
            honours_if_match=False,
            failing=0.0,
            app_skew=timedelta(minutes=-10),
            graph_skew=timedelta(minutes=10),
            crm_skew=timedelta(minutes=-10),
        ),
        steps_of(
            "crm_series_new:396411909 crm_series_new:465227215 start:641344488 outlook_edit:154465000 "
            "crm_occurrence_edit:753618225 crm_edit:907712346 crm_occurrence_cancel:351808261 wait:712842349 "
            "start:578252384 grant_dies:293203831 crm_occurrence_cancel:945746649 start:637978844 "
            "crm_edit:997793855 crm_edit:4209359 run:866018778 outlook_occurrence_delete:847990753"
        ),
    ),
    "a day deleted between the reading and the writing of another was never told": History(
        1364,
        Terms(
            winner=ConflictWinner.OUTLOOK,
            honours_if_match=False,
            failing=0.0,
            app_skew=timedelta(minutes=-10),
            crm_skew=timedelta(minutes=10),
        ),
        steps_of(
            "crm_series_new:722353938 crm_series_new:871580958 crm_occurrence_edit:963425780 "
            "crm_occurrence_edit:49125146 outlook_occurrence_delete:457505511"
        ),
    ),
    "an edit of the series between the two reads of a push counted as one of the day": History(
        2033,
        Terms(winner=ConflictWinner.OUTLOOK, honours_if_match=True, failing=0.1, app_skew=timedelta(minutes=-10)),
        steps_of(
            "crm_series_new:637584111 run:790718301 crm_occurrence_edit:334712310 crm_occurrence_edit:602074448 "
            "outlook_edit:885939101"
        ),
    ),
}


@pytest.mark.parametrize("history", KEPT.values(), ids=KEPT)
def test_what_once_ended_badly_with_series_ends_well(history: History) -> None:
    assert played(history).wrongs == ()
