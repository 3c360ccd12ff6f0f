"""Plays a case and says what is wrong with what came of it."""

from dataclasses import dataclass

from shared_code.domain.appointments import Status
from shared_code.domain.events import CalendarEvent
from tests.planner.cases import Bond, Case, Desk, lead_of, opened
from tests.planner.oracle import Must, Row, must_be, row_of
from tests.planner.rounds import SOUND, Parts, deliver, poll, reconcile, settle
from tests.planner.sides import NoSuchTimeError, Record, told_by
from tests.planner.values import DEFAULT_REMINDER, TIMES, View, days_out, links_in, times_in, words_in


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a case."""

    wrongs: tuple[str, ...]
    rounds: int
    row: Row
    conflicts: frozenset[str]
    writes: int
    tells: int


def played(case: Case, parts: Parts = SOUND) -> Outcome:
    """Play a case until nothing is left to do, and look at what is wrong then."""
    desk, must = opened(case), must_be(case)
    push, event = desk.in_flight, desk.event
    rounds = settle(desk, parts, polls_first=case.polls_first)
    wrongs = list(desk.wrongs)
    if not wrongs:
        wrongs += _wrongs(case, must, desk, event)
        writes, tells = len(desk.writes), len(desk.tells)
        desk.in_flight = None if case.masks or case.told else push
        _once_more(desk, parts)
        if (len(desk.writes), len(desk.tells)) != (writes, tells):
            wrongs.append(f"a second run still plans something: {desk.writes[writes:]} {desk.tells[tells:]}")
    return Outcome(tuple(wrongs), rounds, row_of(case), must.conflicts, len(desk.writes), len(desk.tells))


def _once_more(desk: Desk, parts: Parts) -> None:
    """Play the very same push again, then everything else.

    Not where it could not be known: behind a mask SalesExec's own word comes back to it as "Busy", and of what it said
    before it took Outlook's word only the last is remembered.
    """
    deliver(desk, parts)
    reconcile(desk, parts)
    poll(desk, parts)


def _wrongs(case: Case, must: Must, desk: Desk, before: CalendarEvent | None) -> list[str]:
    found = []
    event, record = desk.event, desk.record
    lives = record is not None and record.status is not Status.CANCELED
    if lives != must.crm_lives:
        found.append(f"{'an appointment lives' if lives else 'an appointment is lost'} in SalesExec")
    if (event is not None) != must.outlook_lives:
        found.append(f"{'an event is still' if event is not None else 'an event is not'} in Outlook")
    if must.untouched and event != before:
        found.append("what nobody may write was written")
    if found:
        return found
    if event is not None and must.outlook is not None:
        found += _differences("Outlook", view_of_event(event), must.outlook, {})
    if record is not None and must.crm is not None and lives:
        found += _differences("SalesExec", view_of_record(record), must.crm, must.crm_may)
    if event is not None and record is not None and lives and not found:
        found += _days(must, event, record)
        found += _links(case, desk, event)
        if must.reminder != DEFAULT_REMINDER and not must.untouched and event.reminder != must.reminder:
            found.append(f"the reminder is {event.reminder}, not {must.reminder}")
    return found


def view_of_event(event: CalendarEvent) -> View:
    """Return what Outlook says, field by field."""
    view = {"subject": event.subject, "body": words_in(event.body_html), "location": event.location}
    return {**view, **times_in(event.schedule), "show_as": event.show_as.value, "private": str(event.is_private)}


def view_of_record(record: Record) -> View:
    """Return what SalesExec says, field by field."""
    view = {"subject": record.subject, "body": words_in(record.body), "location": record.location}
    try:
        times = times_in(told_by(record).schedule)
    except NoSuchTimeError as error:
        times = dict.fromkeys(TIMES, str(error))
    return {**view, **times, "show_as": record.show_as.value, "private": str(record.private)}


def _differences(side: str, said: View, must: View, may: dict[str, frozenset[str]]) -> list[str]:
    return [
        f"{side} has another {name}: {said[name]}, not {value}"
        for name, value in must.items()
        if said[name] != _plain(value) and said[name] not in {_plain(each) for each in may.get(name, ())}
    ]


def _plain(value: str) -> str:
    return value.replace(" / ", " ")


def _days(must: Must, event: CalendarEvent, record: Record) -> list[str]:
    if must.out is None:
        return []
    ours, theirs = days_out(told_by(record).schedule), days_out(event.schedule)
    if ours != theirs:
        return [f"other days are out of the series: {_names(ours)} in SalesExec, {_names(theirs)} in Outlook"]
    if not must.out <= ours <= must.out | must.out_may:
        return [f"the wrong days are out of the series: {_names(ours)}, not {_names(must.out)}"]
    return []


def _names(days: frozenset[object]) -> str:
    return ", ".join(sorted(str(day) for day in days)) or "none"


def _links(case: Case, desk: Desk, event: CalendarEvent) -> list[str]:
    """Whatever a push looked at has just one link to the lead, or none."""
    if case.is_meeting or case.bond is Bond.GONE or not case.pushed or case.status is Status.CANCELED:
        return []
    if desk.record is None or desk.record.from_outlook != case.from_outlook:
        return []
    wanted = int(case.lead_link and lead_of(case.lead).url is not None)
    count = links_in(event.body_html)
    return [] if count == wanted else [f"the link to the lead is there {count} times, not {wanted}"]


def kind_of(wrong: str) -> str:
    """Return what a wrong is apart from the values that it shows."""
    return wrong.partition(":")[0]
