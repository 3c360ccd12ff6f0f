"""How a pair is written into columns and read back, and what its version tells beyond the row's ETag."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from shared_code.adapters.tables.columns import Columns, moment, number, optional_text, or_empty, text, truth, whole
from shared_code.adapters.tables.names import digest_key
from shared_code.adapters.tables.pairs.receipt_ring import COUNT
from shared_code.domain.fields import Field
from shared_code.domain.identifiers import AppointmentGuid, Book, EventId, UserGuid
from shared_code.domain.pairs import Agreement, Agreements, Claim, Earlier, Origin, Pair, PairState, Unconfirmed

HELD_EVENT = "HeldEvent"
HOLDING = (PairState.CREATING, PairState.LINKED, PairState.LEAVING)
"""The states in which a pair has its event to itself."""


@dataclass(frozen=True, slots=True)
class PairVersion:
    """What a save must know of the stored row so that it need not read it.

    Besides the ETag: how many receipt entries were ever written (the place of the next one), and the key of the
    event row that the pair holds (whether that row must change). The ETag makes sure that both are still true.
    """

    entries: int
    held_event: str
    etag: str

    @classmethod
    def parse(cls, version: str) -> Self:
        """Read a version that was handed out."""
        entries, held_event, etag = version.split("|", 2)
        return cls(int(entries), held_event, etag)

    def __str__(self) -> str:
        return f"{self.entries}|{self.held_event}|{self.etag}"


def held_event_of(pair: Pair) -> str:
    """Return the key of the event that no other pair of the book may hold; empty when the pair holds none."""
    return digest_key(pair.event_id) if pair.event_id is not None and pair.state in HOLDING else ""


def _stored(agreed: Agreements) -> str:
    sides = {
        name.value: [each.outlook, each.crm, *(_earlier_stored(before) for before in each.earlier)]
        for name, each in agreed.items()
    }
    return json.dumps(sides, separators=(",", ":"))


def _agreed(stored: str) -> dict[Field, Agreement]:
    sides = json.loads(stored or "{}")
    return {field: _agreement(*sides[field.value]) for field in Field if field.value in sides}


def _earlier_stored(before: Earlier) -> list[str | bool]:
    stored: list[str | bool] = [before.crm, before.until.isoformat()]
    return [*stored, True] if before.by_itself else stored


def _agreement(outlook: str, crm: str, *earlier: tuple[Any, ...]) -> Agreement:
    return Agreement(outlook, crm, tuple(_earlier(*each) for each in earlier))


def _earlier(said: str, until: str, by_itself: bool = False) -> Earlier:
    return Earlier(said, datetime.fromisoformat(until), by_itself)


def stored_hashes(hashes: Unconfirmed) -> str:
    """Write the hashes that some fields may have."""
    return json.dumps(hashes, separators=(",", ":"))


def hashes_by_field(stored: str) -> dict[Field, tuple[str, ...]]:
    """Read the hashes that some fields may have."""
    return {Field(name): tuple(hashes) for name, hashes in json.loads(stored or "{}").items()}


def _day(stored: str) -> date | None:
    return date.fromisoformat(stored) if stored else None


def columns_of(pair: Pair) -> dict[str, Any]:
    """Return all columns but the receipt's; all of them each time, since a merge leaves what it does not name."""
    return {
        "UserGuid": pair.user,
        "AppointmentGuid": pair.appointment,
        "Slot": "" if pair.slot is None else pair.slot.isoformat(),
        "SlotAt": or_empty(pair.slot_at),
        "State": pair.state.value,
        "Origin": pair.origin.value,
        "EventId": or_empty(pair.event_id),
        HELD_EVENT: held_event_of(pair),
        "LetGo": json.dumps(pair.let_go) if pair.let_go else "",
        "Generation": pair.generation,
        "Revision": whole(pair.revision),
        "Sequence": whole(pair.sequence),
        "AcceptedAt": or_empty(pair.accepted_at),
        "DecidedAt": or_empty(pair.decided_at),
        "RefusedDeleteAt": or_empty(pair.refused_delete_at),
        "ChangeKey": pair.change_key,
        "OutlookModifiedAt": or_empty(pair.outlook_modified_at),
        "OutlookEditedAt": or_empty(pair.outlook_edited_at),
        "StartsAt": or_empty(pair.starts_at),
        "EndsAt": or_empty(pair.ends_at),
        "DeletedAt": or_empty(pair.deleted_at),
        "HeldAt": or_empty(pair.held_at),
        "IsFinished": pair.is_finished,
        "IsSeries": pair.is_series,
        "Removed": ",".join(day.isoformat() for day in sorted(pair.removed)),
        "RemovedToldAt": or_empty(pair.removed_told_at),
        "TakenOutAt": or_empty(pair.taken_out_at),
        "SeriesSaid": pair.series_said,
        "IsWaiting": pair.is_waiting,
        "LeadUrl": or_empty(pair.lead_url),
        "LinkUrl": or_empty(pair.link_url),
        "Agreed": _stored(pair.agreed),
        "Unconfirmed": stored_hashes(pair.unconfirmed) if pair.unconfirmed else "",
        "ClaimUntil": "" if pair.claim is None else pair.claim.until,
        "ClaimModifiedAt": "" if pair.claim is None else pair.claim.modified_at,
        "ClaimWrites": "" if pair.claim is None else stored_hashes(pair.claim.writes),
        "Rejected": pair.rejected,
    }


COLUMNS = (
    *columns_of(Pair(book=Book(""), user=UserGuid(""), appointment=AppointmentGuid(""), state=PairState.GONE)),
    COUNT,
)
"""What to ask for when the receipt is not wanted."""


def pair_from(book: Book, columns: Columns, etag: str) -> Pair:
    """Read a pair."""
    event_id = optional_text(columns, "EventId")
    claimed_until, claimed_for = moment(columns, "ClaimUntil"), moment(columns, "ClaimModifiedAt")
    version = PairVersion(number(columns, COUNT), text(columns, HELD_EVENT), etag)
    return Pair(
        book=book,
        user=UserGuid(text(columns, "UserGuid")),
        appointment=AppointmentGuid(text(columns, "AppointmentGuid")),
        slot=_day(text(columns, "Slot")),
        slot_at=moment(columns, "SlotAt"),
        state=PairState(text(columns, "State")),
        origin=Origin(text(columns, "Origin")),
        event_id=None if event_id is None else EventId(event_id),
        let_go=tuple(EventId(each) for each in json.loads(text(columns, "LetGo") or "[]")),
        generation=number(columns, "Generation", 1),
        revision=number(columns, "Revision"),
        sequence=number(columns, "Sequence"),
        accepted_at=moment(columns, "AcceptedAt"),
        decided_at=moment(columns, "DecidedAt"),
        refused_delete_at=moment(columns, "RefusedDeleteAt"),
        change_key=text(columns, "ChangeKey"),
        outlook_modified_at=moment(columns, "OutlookModifiedAt"),
        outlook_edited_at=moment(columns, "OutlookEditedAt"),
        starts_at=moment(columns, "StartsAt"),
        ends_at=moment(columns, "EndsAt"),
        deleted_at=moment(columns, "DeletedAt"),
        held_at=moment(columns, "HeldAt"),
        is_finished=truth(columns, "IsFinished"),
        is_series=truth(columns, "IsSeries"),
        removed=frozenset(date.fromisoformat(day) for day in text(columns, "Removed").split(",") if day),
        removed_told_at=moment(columns, "RemovedToldAt"),
        taken_out_at=moment(columns, "TakenOutAt"),
        series_said=text(columns, "SeriesSaid"),
        is_waiting=truth(columns, "IsWaiting"),
        lead_url=optional_text(columns, "LeadUrl"),
        link_url=optional_text(columns, "LinkUrl"),
        agreed=_agreed(text(columns, "Agreed")),
        unconfirmed=hashes_by_field(text(columns, "Unconfirmed")),
        claim=None
        if claimed_until is None or claimed_for is None
        else Claim(until=claimed_until, modified_at=claimed_for, writes=hashes_by_field(text(columns, "ClaimWrites"))),
        rejected=text(columns, "Rejected"),
        version=str(version),
    )
