"""Plays a round: a few histories at once on one stack, then quiet, then a verdict on each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta

from tests.engine.histories import History, written
from tests.engine.story import Step
from tests.engine.world import dice_of
from tests.world.checker import Checker
from tests.world.hands import Hands
from tests.world.seen import Json, Watcher, note_answers, note_lost_answers, note_unnoted
from tests.world.stage import Stage
from tests.world.story import Story
from tests.world.tails import tail

AT_ONCE = 4
"""How many histories share a round: a kill, a move of the clock and the ways of Graph befall all of them."""
QUIET_ROUNDS = 4
A_DAY = timedelta(hours=25)
_SWITCHES: dict[str, tuple[str, ...]] = {
    "graph.if_match": ("412", "412", "409", "ignored"),
    "graph.duplicate_transaction_status": ("400", "409"),
    "graph.duplicate_names_event": ("no", "yes"),
    "graph.transaction_after_delete": ("forgotten", "blocks"),
    "graph.pages": ("full", "short", "empty"),
    "graph.delta_items": ("full", "changed", "minimal"),
    "graph.delta_repeats": ("once", "in-round", "in-later-round", "everywhere"),
    "graph.delta_deletions": ("told", "told", "missing"),
    "graph.delta_lost_status": ("410", "400", "404"),
    "graph.delta_lost_code": ("SyncStateNotFound", "syncStateNotFound", "resyncRequired"),
}


@dataclass(slots=True)
class Verdict:
    """What a history came to."""

    history: History
    wrongs: list[str]
    steps: int
    invited: int
    faults: int
    mails: int
    overwritten: int
    marked_blindly: int
    unnoted: int
    tail: str = ""


@dataclass(slots=True)
class Played:
    """What a round came to."""

    verdicts: list[Verdict]
    wrongs: list[str]
    counts: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)


def with_invitation(seed: int) -> History:
    """Write the history of a seed, in which at least one step invites people between a poll and a push."""
    history, dice = written(seed), dice_of("invitation", seed)
    steps = list(history.steps)
    if not any(step.kind == "outlook_invite" for step in steps):
        places = [place for place, step in enumerate(steps) if step.kind in ("run", "start") and place > len(steps) / 2]
        steps[dice.choice(places or [len(steps) - 1])] = Step("outlook_invite", dice.randrange(1_000_000_000))
    return replace(history, steps=tuple(steps))


class Round:
    """One round; `stories` are its histories while it is played, and may be looked at and spoiled before `judged`."""

    def __init__(self, stage: Stage, histories: Sequence[History]) -> None:
        self.stage = stage
        self._dice = dice_of("round", histories[0].seed)
        self._skew = histories[0].terms.app_skew
        self._before = self._requests()
        self._first_version = self._versions(0)["Last"]
        self._mark = stage.control.mark()
        stage.counts.clear()
        stage.killed_at.clear()
        self.switches = {name: self._dice.choice(values) for name, values in _SWITCHES.items()}
        stage.skew_simulators(self._skew)
        stage.control.call("PUT", "switches", self.switches)
        self.stories = [Story(stage, history) for history in histories]

    @property
    def reps(self) -> list[Hands]:
        """Return everybody in the round."""
        return [rep for story in self.stories for rep in story.reps]

    def play(self) -> None:
        """Have everybody connect, play all histories at once, and let things grow quiet."""
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="history") as pool:
            list(pool.map(Hands.settle_in, self.reps))
            self.stage.rest()
            list(pool.map(Story.play, self.stories))
        self.grow_quiet()

    def grow_quiet(self) -> None:
        """Nothing fails any more; who must sign in does; a few days of timers, full reads and daily reading."""
        self.stage.control.clear_faults()
        for rep in self.reps:
            rep.trap_feed(HideNext=0, DelayNext=0, LoseNext=0)
        users = [rep.user for rep in self.reps]
        for _ in range(QUIET_ROUNDS):
            for rep in self.reps:
                rep.connect_if_asked()
            self.stage.tick(users)
            self.stage.rest()
            self.stage.advance(A_DAY)
        self.stage.tick(users)
        self.stage.rest()

    def judged(self) -> Played:
        """Look at what is wrong, and have everything read once more, which must do nothing."""
        verdicts = self.verdicts()
        wrongs = self._wrongs_of_all()
        wrongs += self._further_polls()
        self.stage.skew_simulators(-self._skew)
        requests = self._requests()
        requests.subtract(self._before)
        return Played(verdicts, wrongs, self.stage.counts.copy(), requests)

    def verdicts(self) -> list[Verdict]:
        """Look at what is wrong with each history now, and touch nothing."""
        versions = self._versions(self._first_version)["Versions"]
        journal = self.stage.control.journal(since=self._mark)
        return [self._verdict(story, versions, journal) for story in self.stories]

    def _versions(self, since: int) -> Json:
        found: Json = self.stage.control.call("GET", "versions", since=since)
        return found

    def _requests(self) -> Counter[str]:
        answers = self.stage.control.call("GET", "figures")["Answers"]
        return Counter({service: sum(counts.values()) for service, counts in answers.items()})

    def _wrongs_of_all(self) -> list[str]:
        wrongs = [f"a run of the host broke: {each}" for each in self.stage.broken_runs()]
        states = {rep.upn: rep.connection()["State"] for rep in self.reps}
        return wrongs + [f"a rep is not connected in the end: {upn} {state}" for upn, state in states.items()
                         if state != "Connected"]  # fmt: skip

    def _further_polls(self) -> list[str]:
        """Tell what further full polls and readings still do, when there is nothing left to do."""
        last, mark = self._versions(self._first_version)["Last"], self.stage.control.mark()
        self.stage.advance(timedelta(hours=5))
        for rep in self.reps:
            self.stage.sync(rep.user)
            self.stage.reconcile(rep.user)
        self.stage.rest()
        told = [entry for entry in self.stage.control.journal("salesexec", mark) if entry["Method"] == "POST"]
        written_since = self._versions(last)["Versions"]
        found = [f"a further poll still tells SalesExec something: {entry['RequestBody']}" for entry in told]
        found += [f"a further poll still writes to {each['System']}: {each['Id']}" for each in written_since]
        polled = self.stage.control.journal("graph", mark)
        asked = {entry["Actor"] for entry in polled if entry["Method"] == "GET"}
        found += [f"a further poll was not made: {rep.upn}" for rep in self.reps if rep.upn not in asked]
        writes = [entry for entry in polled if entry["Method"] not in ("", "GET") and "$batch" not in entry["Path"]]
        return found + [
            f"a further poll still asks Graph to write: {entry['Method']} {entry['Path']}" for entry in writes
        ]

    def _verdict(self, story: Story, versions: list[Json], journal: list[Json]) -> Verdict:
        people = {rep.user: rep.upn for rep in story.reps}
        names = {*people, *people.values()}
        mine = [entry for entry in journal if entry["Actor"] in names]
        watcher = Watcher(
            [event_id for rep in story.reps for event_id in rep.own],
            self.stage.killed_at,
            self.switches["graph.if_match"] != "ignored",
        )
        own = [version for version in versions if version["Owner"] in names]
        for version in own:
            watcher.take(version)
        seen = watcher.seen
        appointments = [each for rep in story.reps for each in rep.appointments()]
        histories = {each["AppointmentGuid"]: each["History"] for each in appointments}
        note_lost_answers(seen, mine, histories)
        note_unnoted(seen, self.stage.receipt, self._skew)
        note_answers(seen, histories)
        faults = sum(bool(entry["Fault"]) for entry in mine)
        mails = [mail for mail in self.stage.control.mails() if mail["Sender"] in names]
        checker = Checker(
            seen=seen,
            terms=story.history.terms,
            people=people,
            sequences={guid: _sequences(entries) for guid, entries in histories.items()},
            mails=mails,
        )
        wrongs = checker.wrongs() + _as_listed(seen.held, appointments) + _untouched(story)
        return Verdict(
            history=story.history,
            wrongs=wrongs,
            steps=story.played,
            invited=story.invited_in_between,
            faults=faults,
            mails=sum(mail["By"] != "Person" and mail["EventId"] not in seen.mailed_blindly for mail in mails),
            overwritten=len(seen.overwritten),
            marked_blindly=len(seen.marked_blindly),
            unnoted=checker.orphans + sum(life.note_lost for life in seen.lives.values()),
            tail=tail(wrongs, own, mine, histories, self.stage) if wrongs else "",
        )


def _sequences(entries: list[Json]) -> list[int]:
    return [entry["Sequence"] for entry in entries if entry["By"] == "Outlook"]


def _as_listed(held: dict[str, Json], listed: list[Json]) -> list[str]:
    """See that the versions which were judged end in what SalesExec lists."""
    there = {each["AppointmentGuid"]: each["ModifiedUtc"] for each in listed}
    known = {guid: each["ModifiedUtc"] for guid, each in held.items()}
    return [] if there == known else [f"the versions are not those of SalesExec's list: {set(there) ^ set(known)}"]


def _untouched(story: Story) -> list[str]:
    """See that what is none of SalesExec's business is as it was made, to the change key."""
    wrongs = []
    for rep in story.reps:
        for event_id, made in rep.own.items():
            now = rep.ask("GET", f"graph/events/{event_id}")
            if now != made:
                wrongs.append(f"an event of the rep's own is not as it was: {made['Subject']} [{event_id}]")
    return wrongs
