"""Histories that once ended badly, as short as they still did: kept so that what was mended stays mended."""

from datetime import timedelta

import pytest

from shared_code.domain.preferences import ConflictWinner
from tests.engine.histories import History, played, steps_of
from tests.engine.world import Terms

KEPT = {
    "an appointment cancelled before its move had changed hands left its event with the old rep": History(
        44,
        Terms(winner=ConflictWinner.NEWEST, honours_if_match=True, failing=0.1, crm_skew=timedelta(minutes=10)),
        steps_of("crm_new:733155181 start:56593492 finish:555414303 crm_move:316622420 crm_cancel:481276326"),
    ),
    "the stamp of our own mark passed for that of a later edit in Outlook": History(
        3343,
        Terms(winner=ConflictWinner.NEWEST, honours_if_match=False, failing=0.03),
        steps_of(
            "crm_new:743331845 crm_new:185773088 outlook_new:620497560 run:941320629 start:823701796 "
            "tick:146219757 run:848293853 start:618079811 crm_move:123919151 crm_edit:876295825 start:469316663 "
            "start:895240827 wait:542455086 start:689379835 crm_edit:916309370 outlook_edit:408634146 "
            "crm_cancel:154001163 crm_edit:729419109"
        ),
    ),
    "a meeting that was skipped waited for ever, and its import was told anew with every poll": History(
        4398,
        Terms(winner=ConflictWinner.SALESEXEC, honours_if_match=True, failing=0.1),
        steps_of(
            "crm_new:325005947 outlook_new:428566910 crm_new:94528681 outlook_new:328038312 "
            "crm_cancel:971372273 start:96209183 tick:181748999 start:390827810 crm_move:640335541 "
            "crm_cancel:787456317 run:738941036 wait:282559075 start:385287168 start:922040196 start:607802139 "
            "crm_edit:789599088 outlook_invite:319989789 crm_edit:872285418 start:719025449 tick:596973576 "
            "start:769147263 run:38013490 outlook_invite:221272880"
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
        steps_of(
            "crm_new:202610071 outlook_new:671984622 tick:319720508 crm_edit:592388028 run:594065260 "
            "start:823124458 crm_move:606456902 outlook_invite:866541993 crm_edit:851135178 crm_move:204198867 "
            "outlook_edit:161777273 run:35882595 start:121514134 tick:773154634 start:880837028"
        ),
    ),
    "a push that moved an appointment away came after the newer one that had brought it back": History(
        5503,
        Terms(winner=ConflictWinner.NEWEST, honours_if_match=True, failing=0.0),
        steps_of(
            "tick:460024924 outlook_new:833019479 start:765591274 start:51607181 crm_move:231823408 crm_move:126039306"
        ),
    ),
    "ids used up by two earlier attempts kept an appointment out of Outlook": History(
        8303,
        Terms(winner=ConflictWinner.SALESEXEC, honours_if_match=False, failing=0.1, app_skew=timedelta(minutes=10)),
        steps_of(
            "crm_new:655472243 outlook_new:361286674 crm_new:439716858 start:346862391 run:262266440 "
            "outlook_delete:144644185 start:461969618 tick:31597501 tick:572018799 start:888369287 "
            "start:894358515 start:665249373 crm_edit:410484475 run:713385110 start:956834092"
        ),
    ),
    "a creation that came after its appointment was called off was imported, and brought it back": History(
        8309,
        Terms(
            winner=ConflictWinner.NEWEST,
            honours_if_match=False,
            failing=0.03,
            app_skew=timedelta(minutes=-10),
            graph_skew=timedelta(minutes=-10),
        ),
        steps_of("crm_new:864980063 crm_cancel:746339299 start:308915753 start:625205292"),
    ),
    "one event too many of an import was imported itself after its appointment had moved away": History(
        452,
        Terms(winner=ConflictWinner.SALESEXEC, honours_if_match=True, failing=0.03, graph_skew=timedelta(minutes=-10)),
        steps_of(
            "crm_new:147984994 outlook_new:658640486 crm_new:571293016 outlook_new:880780672 tick:212850652 "
            "crm_cancel:452714328 crm_edit:818636868 outlook_copy:277666883 crm_cancel:347733073 "
            "start:184534396 crm_new:983056277 outlook_invite:574846985 wait:72013432 outlook_edit:977648166 "
            "crm_move:989598296 crm_edit:46004493"
        ),
    ),
    "a content written before its mark failed was not noted, and won over an edit that came after it": History(
        2210,
        Terms(winner=ConflictWinner.NEWEST, honours_if_match=False, failing=0.1, graph_skew=timedelta(minutes=-10)),
        steps_of(
            "crm_new:374034855 outlook_new:776228065 crm_new:677300171 outlook_new:840961513 crm_new:462744546 "
            "start:229890774 start:526570761 crm_new:91379310 crm_cancel:416562649 crm_edit:631089400 "
            "outlook_edit:300197859"
        ),
    ),
    "a push in flight said what SalesExec had said two edits of Outlook ago, and won": History(
        5127,
        Terms(winner=ConflictWinner.SALESEXEC, honours_if_match=True, failing=0.1),
        steps_of(
            "crm_new:717786041 crm_new:643296405 crm_new:628750370 grant_dies:471410572 wait:603178058 "
            "crm_edit:760936228 crm_edit:738362649 outlook_edit:899521071 finish:489424394 start:402520418 "
            "run:623975398 outlook_edit:579879902 run:426477663 wait:919321048 start:146849087"
        ),
    ),
    "a time that SalesExec had changed unheard, and took back from Outlook, passed for its own": History(
        6401,
        Terms(
            winner=ConflictWinner.NEWEST,
            honours_if_match=True,
            failing=0.03,
            app_skew=timedelta(minutes=-10),
            graph_skew=timedelta(minutes=-10),
        ),
        steps_of(
            "crm_new:682697754 crm_new:24070763 run:318578625 crm_move:641373111 crm_move:291521507 "
            "finish:77911835 crm_edit:241809776 crm_edit:747714545 crm_edit:390848062 crm_edit:869129452 "
            "start:491974061 crm_edit:242066247 start:787499929 tick:16688398 run:906168988 crm_new:749328180 "
            "crm_edit:360428597 start:282616816 outlook_edit:866104706"
        ),
    ),
    "a removal that waited no more kept its import from being noted: it was told with every poll": History(
        7428,
        Terms(
            winner=ConflictWinner.NEWEST,
            honours_if_match=True,
            failing=0.1,
            app_skew=timedelta(minutes=10),
            crm_skew=timedelta(minutes=-10),
        ),
        steps_of(
            "crm_new:931987506 outlook_new:280461512 crm_new:875846419 outlook_new:868264875 kill:17745552 "
            "tick:71934436 start:222294629 wait:827732493 crm_cancel:448429463 crm_edit:851282797 "
            "start:660223265 outlook_invite:981539320 crm_cancel:539555868 finish:878557917"
        ),
    ),
    "an edit told with an import that SalesExec knew already passed for what it had imported": History(
        6957,
        Terms(
            winner=ConflictWinner.OUTLOOK,
            honours_if_match=True,
            failing=0.03,
            app_skew=timedelta(minutes=-10),
            graph_skew=timedelta(minutes=10),
        ),
        steps_of(
            "crm_new:549745697 outlook_new:898947825 crm_new:210373092 outlook_new:727107576 "
            "outlook_edit:871947661 crm_edit:855520054 run:351211049 start:852039120 crm_edit:174042722 "
            "outlook_edit:14254204 outlook_edit:576273838"
        ),
    ),
    "days told to SalesExec without a word that they are days became hours nobody had said": History(
        7402,
        Terms(
            winner=ConflictWinner.NEWEST,
            honours_if_match=True,
            failing=0.0,
            graph_skew=timedelta(minutes=-10),
            crm_skew=timedelta(minutes=10),
        ),
        steps_of(
            "crm_new:231180044 outlook_new:181106873 crm_new:375193504 crm_new:324586850 kill:460469565 "
            "start:766764041 tick:677843646 tick:325243572 crm_edit:719434011 kill:370843679 "
            "outlook_delete:533505573 outlook_edit:586151433 tick:769766445 outlook_invite:617780379"
        ),
    ),
    "a delete after an edit that SalesExec had taken, unheard, was undone by that edit told anew": History(
        7725,
        Terms(
            winner=ConflictWinner.OUTLOOK,
            honours_if_match=True,
            failing=0.1,
            app_skew=timedelta(minutes=10),
            graph_skew=timedelta(minutes=-10),
        ),
        steps_of(
            "crm_new:674894050 outlook_new:151395704 crm_new:842480924 crm_new:102184840 start:639112279 "
            "crm_edit:65760913 finish:508943279 tick:597564307 crm_move:201689528 crm_edit:745113180 "
            "crm_edit:450483468 run:627475667 crm_new:297552912 crm_edit:107826366 outlook_edit:312879918 "
            "run:549942134 start:834509589 crm_cancel:342245836"
        ),
    ),
    "an appointment of which Outlook refused a waiting push was never tried again": History(
        9210,
        Terms(
            winner=ConflictWinner.OUTLOOK,
            honours_if_match=True,
            failing=0.03,
            app_skew=timedelta(minutes=10),
            graph_skew=timedelta(minutes=-10),
        ),
        steps_of(
            "crm_new:491547107 outlook_new:90837722 crm_new:834624619 outlook_new:668958917 start:994604280 "
            "crm_edit:604855593 run:583003414 start:298854832 kill:234734413 crm_edit:394842215 start:651799198 "
            "outlook_invite:909402713 crm_move:657171279 run:685305518 crm_edit:809797268 wait:206376584 "
            "crm_edit:385694939 finish:52937857 outlook_invite:25471115 start:947364360 finish:673992661"
        ),
    ),
    "an event of a next generation that nobody had noted was found later, and an edit of it lost": History(
        14909,
        Terms(
            winner=ConflictWinner.NEWEST,
            honours_if_match=True,
            failing=0.0,
            app_skew=timedelta(minutes=-10),
            graph_skew=timedelta(minutes=10),
        ),
        steps_of(
            "crm_new:151589588 outlook_new:769277102 crm_new:395977570 outlook_new:429361590 tick:309114228 "
            "tick:666106620 crm_edit:257982358 start:872790906 crm_edit:719015424 crm_edit:339326499 "
            "run:698631617 outlook_delete:889064093 run:218284596 crm_edit:21885557 outlook_edit:123075041"
        ),
    ),
    "an event made again while its delete was told counted as edited, and won over the next word": History(
        23693,
        Terms(
            winner=ConflictWinner.OUTLOOK,
            honours_if_match=True,
            failing=0.03,
            graph_skew=timedelta(minutes=-10),
            crm_skew=timedelta(minutes=-10),
        ),
        steps_of(
            "crm_new:932686817 crm_new:835145179 tick:685715878 start:416477550 crm_edit:554443785 "
            "run:388827676 crm_edit:282658439 crm_new:724596879 start:497794195 run:55714401 "
            "outlook_delete:642998476 run:511390334 run:140740590 crm_revive:582378848"
        ),
    ),
    "an event whose move away died, and whose making was not noted, was left over when it came back": History(
        26188,
        Terms(winner=ConflictWinner.OUTLOOK, honours_if_match=False, failing=0.1, crm_skew=timedelta(minutes=-10)),
        steps_of(
            "crm_new:547101149 crm_new:191951821 crm_move:721312392 run:646512305 start:63066565 "
            "finish:233938844 crm_cancel:420786526"
        ),
    ),
    "an imported appointment whose move was refused by Outlook was in nobody's calendar": History(
        29974,
        Terms(winner=ConflictWinner.NEWEST, honours_if_match=True, failing=0.03),
        steps_of(
            "crm_new:953147385 outlook_new:233573654 crm_new:47620094 outlook_new:372905079 start:91088575 "
            "start:130500766 crm_edit:650700038 crm_edit:163455809 run:856695412 crm_edit:103946368 "
            "outlook_invite:287305266 wait:948957839 outlook_invite:908291935 crm_edit:291551533 tick:306910415 "
            "run:522118135 crm_move:433093331 start:542732945 run:418509328 start:425727617 run:16151382"
        ),
    ),
    "a meeting stayed when its appointment moved away, and got a second event beside it when that came back": History(
        32612,
        Terms(winner=ConflictWinner.NEWEST, honours_if_match=True, failing=0.0, graph_skew=timedelta(minutes=-10)),
        steps_of(
            "crm_new:216807269 crm_new:282647384 crm_new:515276442 start:825801282 crm_cancel:746400239 "
            "outlook_delete:527899284 run:450188827 outlook_invite:815012401 crm_move:466059906 wait:673342827 "
            "crm_move:21021233 outlook_invite:72780751"
        ),
    ),
    "two events of hers were left when an import moved away, and one was told with every poll": History(
        35428,
        Terms(winner=ConflictWinner.OUTLOOK, honours_if_match=True, failing=0.03),
        steps_of(
            "crm_new:793410379 outlook_new:564994531 crm_new:363882590 outlook_new:500911659 start:182590596 "
            "tick:511334848 start:382324270 kill:269073477 kill:29205042 crm_cancel:663661500 crm_new:5288936 "
            "start:498423583 tick:101530908 run:929811911 start:154350793 start:976067046 crm_edit:721585169 "
            "start:575103362 outlook_invite:525968143 finish:629404547 outlook_invite:604667823 "
            "crm_move:128575572"
        ),
    ),
    "an event deleted while the window was read was imported once its appointment was cancelled too": History(
        36319,
        Terms(
            winner=ConflictWinner.NEWEST,
            honours_if_match=True,
            failing=0.0,
            app_skew=timedelta(minutes=10),
            crm_skew=timedelta(minutes=10),
        ),
        steps_of(
            "crm_new:362513195 crm_new:5309661 crm_move:85855591 crm_edit:453947319 start:732934565 "
            "run:786535290 tick:296565210 run:422309976 start:271705274 outlook_edit:931926530 run:226788728 "
            "run:427382370 crm_edit:382817757 crm_new:205193740 start:900367472 outlook_delete:628109787 "
            "start:67509530 crm_cancel:932283433"
        ),
    ),
    "a push began to make an event while its appointment moved on, and the event was a ghost": History(
        42891,
        Terms(
            winner=ConflictWinner.SALESEXEC,
            honours_if_match=False,
            failing=0.0,
            app_skew=timedelta(minutes=-10),
        ),
        steps_of(
            "crm_new:4188677 crm_cancel:530691658 crm_revive:119373376 finish:505380962 crm_edit:805162720 "
            "crm_move:11776452"
        ),
    ),
    "what SalesExec was told of an event that is gone was told again of the one made in its place": History(
        42706,
        Terms(winner=ConflictWinner.NEWEST, honours_if_match=True, failing=0.03),
        steps_of(
            "crm_new:369911108 crm_new:967888699 finish:13192643 outlook_edit:814182586 crm_edit:870165470 "
            "tick:930816069 outlook_invite:625100800 crm_edit:352473779 crm_move:97877683 start:323072992 "
            "start:440278729 crm_edit:537010966 crm_edit:158868256 run:306504148 crm_move:888964215 "
            "outlook_invite:692753622 wait:846610935 crm_edit:305156090 crm_new:642011520 start:978144776 "
            "outlook_delete:184840755 outlook_new:549190634"
        ),
    ),
    "an event of a generation before that was left over was imported once all else was cancelled": History(
        41753,
        Terms(
            winner=ConflictWinner.NEWEST,
            honours_if_match=True,
            failing=0.03,
            graph_skew=timedelta(minutes=10),
        ),
        steps_of(
            "crm_new:342302022 crm_new:548034351 outlook_new:536796938 tick:598174565 tick:522570189 "
            "crm_edit:508989785 start:401095505 run:195445303 crm_new:134918923 wait:266394392 crm_move:70657682 "
            "start:562724618 crm_edit:252333947 run:677828912 crm_new:97654540 crm_cancel:317532990 "
            "tick:104452897 start:849268735 outlook_delete:700950230 crm_cancel:758176 crm_revive:277673208 "
            "finish:361794016 start:128238813 crm_cancel:273797668"
        ),
    ),
    "a push back that waited took the place of a removal that waited, and left a ghost": History(
        28543,
        Terms(winner=ConflictWinner.NEWEST, honours_if_match=True, failing=0.1, app_skew=timedelta(minutes=-10)),
        steps_of(
            "crm_new:770180924 crm_new:814935913 start:368397142 crm_cancel:95155614 crm_edit:484461746 "
            "wait:924081767 crm_move:553570883 start:844567773 crm_edit:308804946 crm_move:657112752 "
            "run:300631224 start:495958957 start:701167310 run:814565591 crm_move:149597074"
        ),
    ),
    "a poll ended in an error when somebody else noted who has an appointment first": History(
        36311,
        Terms(
            winner=ConflictWinner.NEWEST,
            honours_if_match=True,
            failing=0.03,
            graph_skew=timedelta(minutes=-10),
            crm_skew=timedelta(minutes=10),
        ),
        steps_of(
            "crm_new:671026096 outlook_new:674365052 crm_new:83198843 outlook_new:811589223 start:766233582 "
            "crm_cancel:785453996 start:528809883 run:436930074 crm_edit:390183870 start:475444404 run:871020789 "
            "tick:821367078 start:889529775 outlook_edit:479954242 start:528868526 start:116567669 tick:258777508 "
            "run:646194077 crm_move:281112871 feed_trap:383593749 start:715349308 crm_move:499374297 "
            "run:888126999 crm_cancel:772557696 wait:457390996 crm_edit:601328824 start:444861300"
        ),
    ),
    "a creation that came through after its appointment had left was made once more when that was back": History(
        534,
        Terms(winner=ConflictWinner.NEWEST, honours_if_match=True, failing=0.1),
        steps_of(
            "crm_new:176997109 crm_new:227705126 crm_move:613039751 run:835728237 crm_edit:463436776 "
            "start:420228347 finish:776824608 outlook_invite:160838478 start:338787742 outlook_delete:489091641 "
            "outlook_invite:785638409"
        ),
    ),
    "what was being made again when the process died was made by nobody": History(
        33529,
        Terms(
            winner=ConflictWinner.OUTLOOK,
            honours_if_match=True,
            failing=0.03,
            app_skew=timedelta(minutes=-10),
            graph_skew=timedelta(minutes=-10),
        ),
        steps_of(
            "crm_new:314925270 crm_new:689895994 tick:889059065 start:120811907 run:95460018 start:551242193 "
            "start:259482757 crm_new:489302534 outlook_delete:198819728 run:847748664"
        ),
    ),
    "an appointment brought back by an event made again lost what SalesExec said of it meanwhile": History(
        22490,
        Terms(winner=ConflictWinner.OUTLOOK, honours_if_match=True, failing=0.1, app_skew=timedelta(minutes=10)),
        steps_of(
            "crm_new:717053748 crm_new:107151241 outlook_new:304156675 start:424706480 outlook_edit:460723020 "
            "kill:717266521 crm_new:165182787 outlook_delete:870527343 crm_edit:872518391 start:191214743 "
            "start:711220612 start:894075410 start:230204241 outlook_invite:704652295 crm_revive:284179353"
        ),
    ),
}


@pytest.mark.parametrize("history", KEPT.values(), ids=KEPT)
def test_what_once_ended_badly_ends_well(history: History) -> None:
    assert played(history).wrongs == ()
