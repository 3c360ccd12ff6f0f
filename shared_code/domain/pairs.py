"""A pair: one appointment and its event, and what both sides last agreed on, remembered as keyed hashes.

Two hashes a field, since the two sides may rightly differ (a rewritten body, a busy mask): as last read from
Outlook, and as last sent to or received from SalesExec; and the SalesExec ones before that, each with the time at
which SalesExec took Outlook's word instead, because a full PUT in flight that is older must not undo it.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from shared_code.domain.fields import Canonical, Field
from shared_code.domain.identifiers import AppointmentGuid, Book, EventId, UserGuid
from shared_code.domain.schedules import Schedule, Series, widest_instants

CLAIM_LASTS = timedelta(minutes=2)
"""How long a push that died keeps others from reading its half-done write as somebody's edit."""

LET_GO_KEPT = 20
"""How many events that an appointment left behind are remembered: one for each time it moved away and came back."""


class PairState(StrEnum):
    """Where a pair stands."""

    CREATING = "Creating"  # the event is being made, or was when the process died
    LINKED = "Linked"  # both sides exist
    LEAVING = "Leaving"  # moved to another rep; its event is still to be removed, and nobody is told of it
    UNLINKED = "Unlinked"  # its event is the rep's own business now, and is not imported anew
    REJECTED = "Rejected"  # an event that SalesExec would not import, under a guid of our own; not asked again
    GONE = "Gone"  # removed or never made; kept so that a late, older push is known to be stale


class Origin(StrEnum):
    """Where the appointment was first made."""

    SALESEXEC = "SalesExec"
    OUTLOOK = "Outlook"


@dataclass(frozen=True, slots=True)
class Earlier:
    """What SalesExec said of a field before it took over what Outlook says; `until` is its `ModifiedUtc` after that.

    `by_itself`: SalesExec said something else of a series, from then on. A push of that is stale by then, but one of a
    single occurrence need not be, and still says of the field what the series said.
    """

    crm: str
    until: datetime
    by_itself: bool = False


EARLIER_KEPT = 8
"""How many earlier values of a field are remembered: so often may Outlook be edited while one push is on its way."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """What was agreed of one field, as keyed hashes; an empty text means: never.

    `earlier` is what SalesExec said before, as long as nothing was pushed since it took over Outlook's word; the
    latest last.
    """

    outlook: str = ""
    crm: str = ""
    earlier: tuple[Earlier, ...] = ()

    def is_news_to(self, modified_at: datetime | None) -> bool:
        """Tell whether a push of that time was made before SalesExec took this over from Outlook."""
        told = self._told
        return modified_at is not None and bool(told) and modified_at < told[-1].until

    def is_echo(self, said: str | None, modified_at: datetime | None) -> bool:
        """Tell whether a push of that time says what SalesExec said then, before it took over Outlook's word."""
        if modified_at is None:
            return False
        later = [each for each in self.earlier if modified_at < each.until]
        of_series = next((each.crm for each in later if each.by_itself), None)
        return said == of_series or any(said == each.crm for each in later if not each.by_itself)

    @property
    def was_told_its_own(self) -> bool:
        """Tell whether SalesExec was last told what we knew it to say: then nobody in Outlook said anything else."""
        return bool(self._told) and self._told[-1].crm == self.crm

    @property
    def _told(self) -> list[Earlier]:
        """What SalesExec said each time before it took over Outlook's word."""
        return [each for each in self.earlier if not each.by_itself]

    def taken_over(self, said: str, applied_at: datetime) -> "Agreement":
        """Return it with SalesExec's side as taken over from Outlook, at its `ModifiedUtc` after that.

        Also where we knew it to say so already: it may have said something else by then, in a push yet to come.
        """
        others = self.earlier[:-1] if self.earlier and self.earlier[-1].crm == self.crm else self.earlier
        return replace(self, crm=said, earlier=(*others, Earlier(self.crm, applied_at))[-EARLIER_KEPT:])

    def of_an_occurrence(self) -> "Agreement":
        """Return what is agreed of an occurrence that says what its series does: what that said was never its own."""
        return replace(self, earlier=tuple(replace(each, by_itself=True) for each in self.earlier))

    def said_anew(self, said: str, at: datetime) -> "Agreement":
        """Return it with SalesExec's side of a series as it said by itself, and what it said before."""
        before = (*self.of_an_occurrence().earlier, Earlier(self.crm, at, by_itself=True))
        return replace(self, crm=said, earlier=before[-EARLIER_KEPT:])


type Agreements = Mapping[Field, Agreement]

type Unconfirmed = Mapping[Field, tuple[str, ...]]
"""Keyed hashes of what SalesExec may have been told, by field, the latest last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A write to Outlook under way: until then, what the event says may be our own half-done work.

    `writes` are SalesExec's hashes of what it, or one that it overtook, writes: an event that says so was not edited.
    """

    until: datetime
    modified_at: datetime
    writes: Mapping[Field, tuple[str, ...]] = field(default_factory=dict)

    def may_have_written(self, name: Field, read: str) -> bool:
        """Tell whether a field says what we were writing."""
        return read in self.writes.get(name, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One appointment of one rep and its event. `book` is where it is kept: the rep's, with the mailbox she had.

    `accepted_at` orders pushes: the `ModifiedUtc` of the newest one accepted; `decided_at` that of the newest one that
    was decided on and skipped, which makes nothing stale but a move that is older.
    `outlook_modified_at` is Outlook's stamp of the version last read or written: an older observation is ignored;
    `outlook_edited_at` that of the last version that was not written by us: it is what conflicts are decided by.
    `slot`: the day of an occurrence, in the zone of its series, that has a pair of its own because it was changed by
    itself (None: the pair of an appointment); `slot_at` is the original start that SalesExec knows it by.
    `removed` are the days that both sides know were taken out of a series; `removed_told_at` is SalesExec's
    `ModifiedUtc` after it was last told of such days, `taken_out_at` that of when it last took out one by itself.
    `series_said` is, of an occurrence, one hash of all that SalesExec said of its series when it was last looked at.
    `deleted_at` is when its event was found deleted in Outlook and SalesExec was told; `held_at` when it was found so
    and SalesExec was not told, because too many were: somebody is to decide first.
    `let_go` are events that stayed the rep's own when the appointment moved away; it has come back, and has another.
    `is_waiting`: a push of it waits; until it is made, what Outlook says of the event is not told.
    `lead_url` is the address of the lead as the extension has it, `link_url` where the link in the body leads.
    `sequence` and `revision` order and name what SalesExec is told; `unconfirmed` is what it may have taken of that
    though no answer was noted.
    `version` is the store's, None before it was stored.
    """

    book: Book
    user: UserGuid
    appointment: AppointmentGuid
    state: PairState
    slot: date | None = None
    slot_at: datetime | None = None
    origin: Origin = Origin.SALESEXEC
    event_id: EventId | None = None
    let_go: tuple[EventId, ...] = ()
    generation: int = 1
    revision: int = 0
    sequence: int = 0
    accepted_at: datetime | None = None
    decided_at: datetime | None = None
    refused_delete_at: datetime | None = None
    change_key: str = ""
    outlook_modified_at: datetime | None = None
    outlook_edited_at: datetime | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    deleted_at: datetime | None = None
    held_at: datetime | None = None
    is_finished: bool = False
    is_series: bool = False
    removed: frozenset[date] = frozenset()
    removed_told_at: datetime | None = None
    taken_out_at: datetime | None = None
    series_said: str = ""
    is_waiting: bool = False
    lead_url: str | None = None
    link_url: str | None = None
    agreed: Agreements = field(default_factory=dict)
    unconfirmed: Unconfirmed = field(default_factory=dict)
    claim: Claim | None = None
    rejected: str = ""
    version: str | None = None

    @property
    def is_being_made(self) -> bool:
        """Tell whether an event of this very generation may exist of which only the attempt is known.

        Also when it was looked for in vain as the appointment left: a slow creation may have come through since.
        """
        left_unmade = self.state in (PairState.LEAVING, PairState.GONE) and self.event_id is None
        return self.state is PairState.CREATING or (left_unmade and self.generation > 0)

    def is_claimed(self, now: datetime) -> bool:
        """Tell whether a push is writing the event right now."""
        return self.claim is not None and self.claim.until > now

    def accepts(self, modified_at: datetime) -> bool:
        """Tell whether a push of that time is as new as the newest accepted one; an equal one counts as newer."""
        return self.accepted_at is None or modified_at >= self.accepted_at

    def has_decided_on_newer(self, modified_at: datetime) -> bool:
        """Tell whether a newer push was accepted here, or decided on and skipped."""
        return not self.accepts(modified_at) or (self.decided_at is not None and self.decided_at > modified_at)

    def told_since(self, modified_at: datetime) -> frozenset[Field]:
        """Return the fields that SalesExec has taken over from Outlook since then."""
        return frozenset(name for name, each in self.agreed.items() if each.is_news_to(modified_at))

    def is_older_than_told(self, modified_at: datetime) -> bool:
        """Tell whether SalesExec has taken over something from Outlook since then; that also revived it."""
        return self.was_told_of_days_since(modified_at) or bool(self.told_since(modified_at))

    def was_told_of_days_since(self, modified_at: datetime) -> bool:
        """Tell whether SalesExec was told since then of days that were taken out in Outlook."""
        return self.removed_told_at is not None and modified_at < self.removed_told_at

    def knows_newer_than(self, modified_at: datetime) -> bool:
        """Tell whether a version of the event that is of that time in Outlook is older than one read or written."""
        return self.outlook_modified_at is not None and modified_at < self.outlook_modified_at

    def spanning(self, schedule: Schedule) -> "Pair":
        """Return the pair with the stretch of time it takes up."""
        starts_at, ends_at = widest_instants(schedule)
        return replace(self, starts_at=starts_at, ends_at=ends_at, is_series=isinstance(schedule, Series))


def with_event_let_go(pair: Pair) -> Pair:
    """Return a pair that is about to get another event: it remembers one that is the rep's own by now."""
    if pair.state is not PairState.UNLINKED or pair.event_id is None:
        return pair
    return letting_go(pair, pair.event_id)


def letting_go(pair: Pair, event_id: EventId) -> Pair:
    """Return the pair remembering one more event that is the rep's own."""
    kept = tuple(each for each in pair.let_go if each != event_id)
    return replace(pair, let_go=(*kept, event_id)[-LET_GO_KEPT:])


class Fingerprints:
    """Turns canonical fields into hashes keyed with a rep's salt, so that what is stored tells nobody anything."""

    def __init__(self, salt: bytes) -> None:
        self._salt = salt

    def of(self, field_name: Field, value: str) -> str:
        """Return the hash of one field's canonical value."""
        digest = hmac.digest(self._salt, f"{field_name.value}={value}".encode(), hashlib.sha256)
        return urlsafe_b64encode(digest[:12]).decode()

    def of_all(self, fields: Canonical) -> dict[Field, str]:
        """Return the hash of each field."""
        return {name: self.of(name, value) for name, value in fields.items()}


def changed_in_outlook(agreed: Agreements, now_read: Mapping[Field, str]) -> frozenset[Field]:
    """Return the fields whose hash as read differs from what was last read."""
    return frozenset(name for name, seen in now_read.items() if agreed.get(name, Agreement()).outlook != seen)


def edited_in_outlook(pair: "Pair", now_read: Mapping[Field, str]) -> frozenset[Field]:
    """Return the fields that somebody else than us changed: those of a write of ours that is not noted are left out."""
    changed = changed_in_outlook(pair.agreed, now_read)
    claim = pair.claim
    return changed if claim is None else frozenset(n for n in changed if not claim.may_have_written(n, now_read[n]))


def changed_in_crm(
    agreed: Agreements, told: Mapping[Field, str], modified_at: datetime | None = None
) -> frozenset[Field]:
    """Return the fields that SalesExec changed since both agreed.

    A push that was made before SalesExec took over what Outlook says (`modified_at`), and still says what was there
    before that, is no change but an echo of the past.
    """
    changed = set()
    for name, said in told.items():
        known = agreed.get(name, Agreement())
        if said != known.crm and not known.is_echo(said, modified_at):
            changed.add(name)
    return frozenset(changed)


def agree_with_outlook(agreed: Agreements, read: Mapping[Field, str], names: Iterable[Field]) -> dict[Field, Agreement]:
    """Return the agreements with Outlook's side of the named fields set to what was read."""
    result = dict(agreed)
    for name in names:
        if name in read:
            result[name] = replace(result.get(name, Agreement()), outlook=read[name])
    return result


def agree_with_crm(
    agreed: Agreements,
    told: Mapping[Field, str],
    names: Iterable[Field],
    applied_at: datetime | None = None,
    *,
    of_series_at: datetime | None = None,
) -> dict[Field, Agreement]:
    """Return the agreements with SalesExec's side of the named fields set.

    With `applied_at` it took them over from Outlook then, and what it said before is remembered. Without, it said so
    itself: a push that is older than that is stale. But of a series, which it said `of_series_at`, what it said before
    is remembered too: a push of a single occurrence may be older, and is not stale.
    """
    result = dict(agreed)
    for name in names:
        if name not in told:
            continue
        known = result.get(name, Agreement())
        if applied_at is not None:
            result[name] = known.taken_over(told[name], applied_at)
        elif known.crm != told[name] and of_series_at is not None and known.crm:
            result[name] = known.said_anew(told[name], of_series_at)
        elif known.crm != told[name]:
            result[name] = Agreement(known.outlook, told[name])
    return result


def agreed_at_attempt(attempt: Mapping[Field, str], read: Mapping[Field, str]) -> dict[Field, Agreement]:
    """Return what is agreed of an event that an earlier attempt made: what that was about to write, both sides.

    What Outlook says otherwise since is somebody's edit. Without a note of it, what was read counts as agreed there.
    """
    return {
        name: Agreement(attempt[name], attempt[name]) if name in attempt else Agreement(said)
        for name, said in read.items()
    }


def attempted(pair: Pair) -> dict[Field, str]:
    """Return what the attempt was about to write that a pair under creation tells of."""
    return {name: each.crm for name, each in pair.agreed.items() if each.crm}
