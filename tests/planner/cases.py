"""A case: what both sides had agreed on, what each says now, and on what terms; and how it stands at its beginning."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from shared_code.domain.appointments import Appointment, Lead, MailboxDefault, Status
from shared_code.domain.events import CalendarEvent, EventKind, Mark, Sensitivity
from shared_code.domain.fields import Field
from shared_code.domain.outgoing import Rules
from shared_code.domain.pairs import Agreement, Claim, Earlier, Fingerprints, Origin, Pair, PairState
from shared_code.domain.preferences import ConflictWinner, ImportDetail, Meetings, Preferences, PrivateEvents
from shared_code.domain.schedules import Series
from tests.builders import ANNA, NOW, a_pair, an_event
from tests.fakes.outlook.writing import as_exchange_writes
from tests.planner.sides import GUID, Record, recorded
from tests.planner.values import DEFAULT_REMINDER, MAILBOX_REMINDER, Said, days_out, schedule_of, view_of

HOSTS = frozenset({"crm.example.com"})
FIELD_OF = {
    "subject": Field.SUBJECT, "body": Field.BODY, "start": Field.START, "end": Field.END, "all_day": Field.IS_ALL_DAY,
    "rule": Field.RECURRENCE, "location": Field.LOCATION, "show_as": Field.SHOW_AS, "private": Field.IS_PRIVATE,
}  # fmt: skip


USUAL = Said()
"""What is said where nothing else is."""


class Bond(StrEnum):
    """What is remembered of the two sides."""

    LINKED = "linked"
    NONE = "nothing"
    ATTEMPT = "an attempt to make the event"
    GONE = "an event that is gone"


class Link(StrEnum):
    """Where the link to the lead stands in an event's body."""

    END = "at the end"
    INSIDE = "between the words"
    TWICE = "twice"
    EDITED_OUT = "edited out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A triple and its terms. Times are minutes after both sides agreed; `outlook_at` 0: nobody touched the event.

    `before`: what SalesExec said before it took Outlook's word, at `told_at`, for an edit that was made at `edited_at`;
    a push that is older (`crm_at`) is on its way. `unnoted` are fields that a push wrote and died before it noted it.
    """

    agreed: Said = USUAL
    crm: Said | None = USUAL
    outlook: Said | None = USUAL
    bond: Bond = Bond.LINKED
    status: Status = Status.PENDING
    pushed: bool = True
    polls_first: bool = False
    crm_at: int = 5
    outlook_at: int = 0
    before: Said | None = None
    edited_at: int = 0
    told_at: int = 0
    unnoted: tuple[str, ...] = ()
    from_outlook: bool = False
    winner: ConflictWinner = ConflictWinner.NEWEST
    private_events: PrivateEvents = PrivateEvents.FULL
    busy_only: bool = False
    only_categories: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    import_all_day: bool = True
    import_free: bool = True
    meetings: Meetings = Meetings.PROTECT
    attendees: bool = False
    called_off: bool = False
    lead: int = 1
    agreed_lead: int = 1
    lead_link: bool = True
    link: Link = Link.END
    skew: int = 0

    @property
    def is_meeting(self) -> bool:
        """Tell whether a write to the event would mail somebody."""
        return self.attendees and self.meetings is Meetings.PROTECT

    @property
    def masks(self) -> bool:
        """Tell whether anything of this may be hidden from SalesExec."""
        return self.from_outlook and (self.busy_only or self.private_events is not PrivateEvents.FULL)

    def hides(self, said: Said) -> bool:
        """Tell whether SalesExec may know only that the time of this is taken."""
        masks = self.busy_only or (said.private and self.private_events is not PrivateEvents.FULL)
        return self.from_outlook and masks

    def visible(self, said: Said) -> Said:
        """Return what SalesExec may see of what Outlook says."""
        return replace(said, subject="Busy", body="", location="") if self.hides(said) else said

    @property
    def told(self) -> frozenset[str]:
        """The fields in which SalesExec took Outlook's word."""
        if self.before is None:
            return frozenset()
        known, before = view_of(self.agreed), view_of(self.before)
        return frozenset(name for name in known if known[name] != before[name])


class RememberedFingerprints(Fingerprints):
    """Fingerprints that are worked out once: there are few values, and many cases."""

    def __init__(self) -> None:
        super().__init__(b"salt")
        self._known: dict[tuple[Field, str], str] = {}

    def of(self, field_name: Field, value: str) -> str:
        known = self._known.get((field_name, value))
        if known is None:
            known = self._known[field_name, value] = super().of(field_name, value)
        return known


FINGERPRINTS = RememberedFingerprints()


def minutes(count: int) -> datetime:
    """Return the time so many minutes after both sides agreed."""
    return NOW + timedelta(minutes=count)


def rules_of(case: Case) -> Rules:
    """Return what governs the rep's sync."""
    preferences = Preferences(
        conflict_winner=case.winner,
        private_events=case.private_events,
        import_detail=ImportDetail.BUSY_ONLY if case.busy_only else ImportDetail.FULL,
        only_categories=case.only_categories,
        import_all_day=case.import_all_day,
        import_free=case.import_free,
        meetings=case.meetings,
        lead_link=case.lead_link,
    )
    return Rules(user=ANNA, preferences=preferences, fingerprints=FINGERPRINTS, lead_hosts=HOSTS)


def lead_of(number: int) -> Lead:
    """Return a lead by number; 0 is none."""
    if not number:
        return Lead()
    return Lead(guid=f"{number:08}-0000-4000-9000-00000000001d", url=f"https://crm.example.com/leads/{number}")


def markup_of(words: str) -> str:
    """Return a text as a body."""
    return "".join(f"<p>{each}</p>" for each in words.split(" / ") if each)


def appointment_of(said: Said, case: Case, at: datetime, *, lead: int | None = None) -> Appointment:
    """Return what SalesExec says."""
    reminder = MailboxDefault.REMINDER if said.reminder == DEFAULT_REMINDER else said.reminder
    return Appointment(
        guid=GUID, user=ANNA, subject=said.subject, body_html=markup_of(said.body), schedule=schedule_of(said.when),
        modified_at=at, location=said.location, show_as=said.show_as, is_private=said.private, reminder=reminder,
        status=case.status, lead=lead_of(case.lead if lead is None else lead),
    )  # fmt: skip


def _linked_body(words: str, case: Case, link: Link) -> str:
    url = lead_of(case.agreed_lead).url if case.lead_link else None
    paragraphs = [f"<p>{each}</p>" for each in words.split(" / ") if each]
    anchor = "" if url is None or link is Link.EDITED_OUT else f'<p><a href="{url}">Show Lead</a></p>'
    place = 1 if link is Link.INSIDE else len(paragraphs)
    twice = anchor if link is Link.TWICE else ""
    return as_exchange_writes(twice + "".join([*paragraphs[:place], anchor, *paragraphs[place:]]))


def event_of(said: Said, case: Case, at: datetime, link: Link = Link.END) -> CalendarEvent:
    """Return the event as Outlook has it."""
    schedule = schedule_of(said.when)
    ours = not case.from_outlook and case.bond in (Bond.LINKED, Bond.ATTEMPT)
    lead = lead_of(case.agreed_lead)
    mark = Mark(appointment=GUID, user=ANNA, lead_guid=lead.guid, lead_url=lead.url) if ours else None
    linked = ours or (case.from_outlook and case.bond is Bond.LINKED)
    return an_event(
        schedule,
        kind=EventKind.SERIES_MASTER if isinstance(schedule, Series) else EventKind.SINGLE,
        change_key=at.isoformat(),
        subject=said.subject,
        body_html=_linked_body(said.body, case, link if linked else Link.EDITED_OUT),
        modified_at=at,
        location=said.location,
        show_as=said.show_as,
        sensitivity=Sensitivity.PRIVATE if said.private else Sensitivity.NORMAL,
        reminder=MAILBOX_REMINDER if said.reminder == DEFAULT_REMINDER else said.reminder,
        attendees=("guest@example.com",) if case.attendees else (),
        is_cancelled=case.called_off,
        categories=case.categories,
        mark=mark,
    )


@dataclass(slots=True)
class Desk:
    """Where everything stands. `in_flight`: a push of SalesExec's that is still to arrive; `wrongs` found on the way.

    `writes` says what was written to Outlook, `tells` what SalesExec was told, in order.
    """

    rules: Rules
    now: datetime
    skew: timedelta
    record: Record | None
    event: CalendarEvent | None
    pair: Pair | None
    in_flight: Appointment | None
    writes: list[str] = field(default_factory=list)
    tells: list[str] = field(default_factory=list)
    wrongs: list[str] = field(default_factory=list)

    def later(self) -> datetime:
        """Let a minute pass."""
        self.now += timedelta(minutes=1)
        return self.now


def opened(case: Case) -> Desk:
    """Return how a case stands before anything is decided."""
    rules = rules_of(case)
    event = None
    if case.outlook is not None:
        at = minutes(case.outlook_at or case.edited_at)
        event = event_of(case.outlook, case, at, case.link)
    record = push = None
    if case.crm is not None:
        push = appointment_of(case.crm, case, minutes(case.crm_at))
        record = replace(_as_told(case, recorded(push)), from_outlook=case.from_outlook)
    now = minutes(max(case.crm_at, case.outlook_at, case.told_at, 60) + 1)
    desk = Desk(rules, now, timedelta(minutes=case.skew), record, event, _pair_of(case, rules), None)
    desk.in_flight = push if case.pushed else None
    return desk


def _as_told(case: Case, record: Record) -> Record:
    """Return the record with what SalesExec took over from Outlook after its push was on the way."""
    if not case.told:
        return record
    known = recorded(appointment_of(case.agreed, case, minutes(0)))
    # The days taken out are named by when they would have begun: a series that moved was told with its rule.
    start = ("start", "zone", "lines") if len(known.lines) > 1 else ("start", "zone") if known.lines else ("start",)
    names = {"rule": ("lines", "zone"), "start": start}
    told = [attribute for name in case.told for attribute in names.get(name, (name,))]
    taken = {name: getattr(known, name) for name in told}
    return replace(record, modified_at=max(record.modified_at, minutes(case.told_at)), **taken)


def _pair_of(case: Case, rules: Rules) -> Pair | None:
    if case.bond is Bond.NONE:
        return None
    told = rules.told(appointment_of(case.visible(case.agreed), case, NOW))
    if case.bond is Bond.ATTEMPT:
        attempt = {name: Agreement(crm=said) for name, said in told.items()}
        return a_pair(state=PairState.CREATING, event_id=None, accepted_at=None, change_key="", agreed=attempt)
    if case.bond is Bond.GONE:
        return a_pair(state=PairState.GONE, accepted_at=minutes(case.crm_at), agreed={})
    event = event_of(case.agreed, case, minutes(case.edited_at))
    seen = rules.seen(event, Origin.OUTLOOK if case.from_outlook else Origin.SALESEXEC)
    agreed = {name: Agreement(said, told.get(name, "")) for name, said in seen.items()}
    if case.before is not None:
        before = rules.told(appointment_of(case.before, case, NOW))
        for name in (FIELD_OF[each] for each in case.told):
            agreed[name] = replace(agreed[name], earlier=(Earlier(before[name], minutes(case.told_at)),))
    return a_pair(
        origin=Origin.OUTLOOK if case.from_outlook else Origin.SALESEXEC,
        accepted_at=NOW,
        change_key=event.change_key,
        outlook_modified_at=event.modified_at,
        outlook_edited_at=event.modified_at,
        removed=days_out(event.schedule),
        is_finished=case.status is Status.COMPLETED,
        lead_url=lead_of(case.agreed_lead).url,
        agreed=agreed,
        claim=_claim_of(case, rules),
    ).spanning(event.schedule)


def _claim_of(case: Case, rules: Rules) -> Claim | None:
    """Return the claim of a push that died after it wrote the unnoted fields, as Outlook says them now."""
    if not case.unnoted or case.outlook is None:
        return None
    wrote = rules.seen(event_of(case.outlook, case, NOW), Origin.SALESEXEC)
    writes = {FIELD_OF[name]: (wrote[FIELD_OF[name]],) for name in case.unnoted}
    return Claim(until=minutes(1), modified_at=minutes(1), writes=writes)
