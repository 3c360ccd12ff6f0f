"""Writes histories out of a seed, plays them, and shrinks those that fail."""

import textwrap
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random

from shared_code.domain.preferences import ConflictWinner
from shared_code.use_cases.ports import Poll, Reconcile
from tests.engine.checker import wrongs
from tests.engine.series_story import SeriesStory
from tests.engine.story import Step, Story
from tests.engine.world import REPS, Terms, World, dice_of

STEPS = 40
QUIET_ROUNDS = 4
_WEIGHTS = {
    "crm_new": 3, "crm_edit": 10, "crm_cancel": 2, "crm_revive": 1, "crm_move": 1, "outlook_new": 2,
    "outlook_edit": 10, "outlook_delete": 2, "outlook_copy": 0.4, "tick": 5, "start": 12, "run": 12, "finish": 3,
    "wait": 6, "kill": 2, "grant_dies": 0.5, "reconnect": 1, "feed_trap": 0.6,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class History:
    """A story and its terms."""

    seed: int
    terms: Terms
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Played:
    """What a history came to.

    Counted apart: `overwritten` are edits lost because Graph did not mind If-Match, `mails_blindly` mails sent because
    of that, when somebody was invited between our read and our write; `unnoted` imports whose note was
    lost or late, of which nobody can tell any more which side edited last; `invited` people invited to an event
    between a poll and a push of it.
    """

    wrongs: tuple[str, ...]
    trace: tuple[str, ...]
    steps: int
    calls: int
    faults: int
    kills: int
    mails: int
    mails_blindly: int
    overwritten: int
    unnoted: int
    invited: int


def terms_by(dice: Random) -> Terms:
    """Return the terms of a history, as the dice fall."""
    minutes = (0, 0, 0, 10, -10)
    return Terms(
        winner=dice.choice((ConflictWinner.NEWEST, ConflictWinner.NEWEST, *ConflictWinner)),
        app_skew=timedelta(minutes=dice.choice(minutes)),
        graph_skew=timedelta(minutes=dice.choice(minutes)),
        crm_skew=timedelta(minutes=dice.choice(minutes)),
        honours_if_match=dice.random() < 0.75,
        failing=dice.choice((0.0, 0.03, 0.1)),
    )


def written(seed: int, steps: int = STEPS) -> History:
    """Write the history of a seed. In every second one, people are invited between a poll and a push."""
    dice = dice_of("history", seed)
    terms = terms_by(dice)
    kinds = ["crm_new", "outlook_new", "crm_new", "outlook_new"]
    kinds += dice.choices(list(_WEIGHTS), weights=list(_WEIGHTS.values()), k=steps - len(kinds))
    if seed % 2 == 0:
        for place in dice.sample(range(steps // 3, steps), 2):
            kinds[place] = "outlook_invite"
    return History(seed, terms, tuple(Step(kind, dice.randrange(1_000_000_000)) for kind in kinds))


def played(history: History) -> Played:
    """Play a history, let things go quiet, and look at what is wrong then."""
    world = World(history.terms)
    story = SeriesStory(world)
    for step in history.steps:
        story.play(step)
    grow_quiet(world, story)
    found = wrongs(world)
    found += _further_polls(world, story)
    chronicle, stage = world.chronicle, world.stage
    return Played(
        wrongs=(*chronicle.violations, *found),
        trace=tuple(stage.trace),
        steps=len(history.steps),
        calls=stage.calls,
        faults=stage.faults,
        kills=world.kills,
        mails=world.mails - stage.residual_mails,
        mails_blindly=stage.residual_mails,
        overwritten=len(chronicle.overwritten_unseen),
        unnoted=sum(life.note_lost for life in chronicle.appointments.values()) + chronicle.orphans,
        invited=world.invited_in_between,
    )


def outcome_of(seed: int) -> Played:
    """Play the history of a seed, and return what it came to without its trace, which is long."""
    return replace(played(written(seed)), trace=())


def grow_quiet(world: World, story: Story) -> None:
    """Nothing fails any more; who must sign in does; a few rounds of timers, full reads and daily reading."""
    world.stage.trace.append("-- quiet")
    for _ in range(QUIET_ROUNDS):
        for user in REPS:
            if user in world.stage.dead_grants or world.connection(user).needs_reconnect:
                world.advance(world.reconnect(user, 0))
        world.tick()
        story.settle()
        world.stage.now += timedelta(hours=25)
    world.tick()
    story.settle()


def _further_polls(world: World, story: Story) -> list[str]:
    """Tell what further full polls and readings still do, when there is nothing left to do."""
    told = world.crm.told
    touched = {key: len(calendar.touched) for key, calendar in world.calendars.by_mailbox.items()}
    world.stage.now += timedelta(hours=5)
    for user in REPS:
        world.send(Poll(user=user))
        world.send(Reconcile(user=user))
    story.settle()
    found = []
    if world.crm.told != told:
        found.append("a further poll still tells SalesExec something")
    if any(len(world.calendars.by_mailbox[key].touched) != count for key, count in touched.items()):
        found.append("a further poll still writes to Outlook")
    return found


def shrunk(history: History, kind: str) -> History:
    """Return the history with as few steps as still end in the same kind of wrong."""
    steps = list(history.steps)
    size = max(1, len(steps) // 2)
    while size >= 1:
        start = 0
        while start < len(steps):
            fewer = [*steps[:start], *steps[start + size :]]
            if fails(History(history.seed, history.terms, tuple(fewer)), kind):
                steps = fewer
            else:
                start += size
        size //= 2
    return History(history.seed, history.terms, tuple(steps))


def fails(history: History, kind: str) -> bool:
    """Tell whether the history ends in that kind of wrong."""
    return any(kind_of(wrong) == kind for wrong in played(history).wrongs)


def kind_of(wrong: str) -> str:
    """Return what a wrong is apart from which appointment it befell."""
    return wrong.partition(":")[0]


def as_code(history: History) -> str:
    """Return the history as it stands in a regression test."""
    terms = history.terms
    skews = ", ".join(
        f"{name}=timedelta(minutes={skew // timedelta(minutes=1)})"
        for name in ("app_skew", "graph_skew", "crm_skew")
        if (skew := getattr(terms, name))
    )
    said = f"winner=ConflictWinner.{terms.winner.name}, honours_if_match={terms.honours_if_match}, "
    said += f"failing={terms.failing}" + (f", {skews}" if skews else "")
    steps = textwrap.wrap(" ".join(f"{step.kind}:{step.seed}" for step in history.steps), 100)
    lines = ' "\n    "'.join(steps)
    return f'History({history.seed}, Terms({said}), steps_of(\n    "{lines}"\n))'


def steps_of(written_down: str) -> tuple[Step, ...]:
    """Return the steps that were written down as `as_code` does: the kind of each, and what its dice fall by."""
    parts = (each.split(":") for each in written_down.split())
    return tuple(Step(kind, int(seed)) for kind, seed in parts)


def explained(history: History, played_wrongs: tuple[str, ...]) -> str:
    """Return what there is to say of a history that failed: its seed, and the fewest steps that still fail alike."""
    fewest = shrunk(history, kind_of(played_wrongs[0]))
    what = played(fewest)
    tail = "\n".join(what.trace[: what.trace.index("-- quiet")])
    return f"seed {history.seed}: {'; '.join(played_wrongs)}\n{as_code(fewest)}\n{'; '.join(what.wrongs)}\n{tail}"
