"""What SalesExec was told of Outlook, and may have taken, though no answer of its was noted.

It is noted before it is told, as a push notes what it is about to write. Story: the process dies after SalesExec took
over an edit from Outlook. What SalesExec says from then on is no edit made there, and must not win over a later one
of Outlook's, whatever the clocks say.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from shared_code.domain.fields import Field
from shared_code.domain.pairs import Agreement, Pair, Unconfirmed

VALUES_KEPT = 5
"""How many values of a field that SalesExec may have taken are remembered."""


def about_to_tell(
    before: Unconfirmed, seen: Mapping[Field, str], names: Iterable[Field]
) -> dict[Field, tuple[str, ...]]:
    """Return what may have been told, with these fields added as they are about to be."""
    after = dict(before)
    for name in names:
        if name in seen:
            after[name] = (*_earlier(before.get(name, ()), seen[name]), seen[name])
    return after


def to_be_brought_back(pair: Pair) -> Pair:
    """Return the pair of an event that SalesExec is to be told of, though nobody edited it.

    Story: deleted in Outlook, and made again by a push while SalesExec was told of the delete. The push wins: told of
    the new event, SalesExec brings the appointment back. It is told by one field, since the event says what SalesExec
    did: whatever else was told could undo what SalesExec says by then, in a push yet to come.
    """
    told = {Field.SHOW_AS: pair.unconfirmed.get(Field.SHOW_AS, ())}
    # Safety: this version holds news for SalesExec, so that the change feed must not pass it over as ours.
    return replace(pair, change_key="", unconfirmed={**pair.unconfirmed, **told})


def told_before(unconfirmed: Unconfirmed, seen: Mapping[Field, str], names: Iterable[Field]) -> list[str]:
    """Return what names a change apart from one that said the same before others were told, none of them answered.

    The same when the change is sent again. Safety: Outlook says "a", "b", and "a" again; was SalesExec told the second
    "a" by the name of the first, it would pass it over as a duplicate, and keep "b".
    """
    earlier = {name: _earlier(unconfirmed.get(name, ()), seen[name]) for name in names if name in seen}
    return [f"after:{name.value}:{each}" for name in sorted(earlier) for each in earlier[name]]


def _earlier(told: tuple[str, ...], said: str) -> tuple[str, ...]:
    """Return what was told before this, whether this was told already or is about to be."""
    return (told[:-1] if told and told[-1] == said else told)[1 - VALUES_KEPT :]


def confirmed_by(pair: Pair, told: Mapping[Field, str], modified_at: datetime) -> Pair:
    """Return the pair with all that as agreed which SalesExec says now, as of `modified_at`, because it was told so."""
    agreed = dict(pair.agreed)
    for name, values in pair.unconfirmed.items():
        said, known = told.get(name), agreed.get(name, Agreement())
        if said in values and said != known.crm:
            agreed[name] = replace(known, outlook=said).taken_over(said, modified_at)
    return replace(pair, agreed=agreed)


def agreed_at_import(begun: Unconfirmed, name: Field, seen: str, said: str) -> Agreement | None:
    """Return what is agreed of a field of an import whose answer was not noted; None when both sides changed it since.

    `seen` is what Outlook says by now, `said` what SalesExec does.
    """
    imported = begun.get(name, ())
    if said in imported:
        return Agreement(outlook=said, crm=said)
    if seen in imported:
        return Agreement(outlook=seen, crm=seen)
    return None


def agreed_as_told(begun: Unconfirmed, said: Mapping[Field, str]) -> dict[Field, Agreement]:
    """Return what is agreed of an import whose answer was not noted and whose event shows nothing any more.

    `said` is what SalesExec says by now: what it was never told, it said by itself since.
    """
    as_told = ((name, agreed_at_import(begun, name, told[-1], said.get(name, ""))) for name, told in begun.items())
    return {name: agreed for name, agreed in as_told if agreed is not None}
