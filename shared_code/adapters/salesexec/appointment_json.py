"""SalesExec's JSON of an appointment, checked against every rule at once and made our own.

Used for what SalesExec pushes and for what it lists, so that both obey the same rules.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic.alias_generators import to_pascal

from shared_code.adapters.salesexec import field_rules as rule
from shared_code.adapters.strict_json import pointer_to, strict_json
from shared_code.domain.appointments import Appointment, Lead, MailboxDefault, ShowAs, Status
from shared_code.domain.identifiers import AppointmentGuid, UserGuid
from shared_code.domain.markup import from_text, sanitise
from shared_code.domain.recurrence import RecurrenceRefused, read
from shared_code.domain.schedules import AllDay, Once, Schedule, Timed
from shared_code.domain.series import series_of
from shared_code.domain.zones import iana_of, instant_of, resolve

WHAT_TO_SEND = "send the appointment as a JSON object, with Content-Length (chunked bodies arrive empty here)"


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """What is wrong with one field; `pointer` is a JSON pointer, empty for the body as a whole."""

    pointer: str
    detail: str


class BodyProblems(Exception):
    """A body that breaks rules: all of them."""

    def __init__(self, problems: list[FieldProblem]) -> None:
        super().__init__("; ".join(f"{each.pointer or 'body'}: {each.detail}" for each in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadLinks:
    """Where links to leads may lead, and how one is made of a lead's guid."""

    template: str
    allowed_hosts: frozenset[str]


def _or_default[T](check: Callable[[object], T], default: T) -> BeforeValidator:
    return BeforeValidator(lambda value: default if value is None else check(value))


def _if_any[T](check: Callable[[object], T]) -> BeforeValidator:
    return BeforeValidator(lambda value: None if value is None else check(value))


class AppointmentBody(BaseModel):
    """The fields of an appointment, each checked by itself; what they mean together is `to_domain`'s to check."""

    model_config = ConfigDict(alias_generator=to_pascal, extra="ignore", frozen=True, strict=True)

    user_guid: Annotated[str, BeforeValidator(rule.guid)]
    lead_guid: Annotated[str | None, _if_any(rule.guid)] = None
    lead_url: Annotated[str | None, _if_any(rule.lead_url)] = None
    subject: Annotated[str, BeforeValidator(rule.subject)]
    body: Annotated[str, _or_default(rule.body, "")] = ""
    body_type: Annotated[rule.BodyType, _or_default(rule.one_of(rule.BodyType), rule.BodyType.TEXT)] = (
        rule.BodyType.TEXT
    )
    start: Annotated[str, BeforeValidator(rule.when)]
    end: Annotated[str, BeforeValidator(rule.when)]
    time_zone: Annotated[str | None, _if_any(rule.zone)] = None
    is_all_day: Annotated[bool, _or_default(rule.truth, False)] = False
    recurrence: Annotated[list[str], _or_default(rule.recurrence, [])] = []
    location: Annotated[str, _or_default(rule.line, "")] = ""
    show_as: Annotated[ShowAs, _or_default(rule.one_of(ShowAs), ShowAs.BUSY)] = ShowAs.BUSY
    is_private: Annotated[bool, _or_default(rule.truth, False)] = False
    reminder_minutes: Annotated[int | rule.Unsaid | None, BeforeValidator(rule.minutes)] = rule.UNSAID
    status: Annotated[Status, _or_default(rule.one_of(Status), Status.PENDING)] = Status.PENDING
    modified_utc: Annotated[datetime, BeforeValidator(rule.instant)]


# Stand in for required fields that are wrong, so that all other rules can still be checked.
_STAND_INS = {
    "UserGuid": "00000000-0000-0000-0000-000000000000",
    "Subject": "-",
    "Start": "2000-01-01T00:00:00Z",
    "End": "2000-01-01T00:00:00Z",
    "ModifiedUtc": "2000-01-01T00:00:00Z",
}


def read_json(content: bytes) -> object:
    """Return what the JSON says; BodyProblems when it is empty or no JSON."""
    if not content.strip():
        raise BodyProblems([FieldProblem("", f"the body is empty; {WHAT_TO_SEND}")])
    try:
        return strict_json(content)
    except UnicodeDecodeError:
        reason = "it is not UTF-8"
    except json.JSONDecodeError as odd:
        reason = f"{odd.msg} at line {odd.lineno}, column {odd.colno}"
    except RecursionError:
        reason = "it is nested too deeply"
    except ValueError as odd:
        reason = "a number is too long" if "digits" in str(odd) else str(odd)
    raise BodyProblems([FieldProblem("", f"the body is not JSON: {reason}; {WHAT_TO_SEND}")])


def read_appointment(said: object, *, guid: AppointmentGuid, links: LeadLinks) -> Appointment:
    """Return the appointment that decoded JSON describes; BodyProblems names every rule that it breaks."""
    if not isinstance(said, Mapping):
        raise BodyProblems([FieldProblem("", f"the body is not a JSON object; {WHAT_TO_SEND}")])
    try:
        return to_domain(AppointmentBody.model_validate(said), guid=guid, links=links)
    except ValidationError as broken:
        problems = [_problem(error["type"], error["loc"], error["msg"]) for error in broken.errors(include_url=False)]
    wrong = frozenset(each.pointer.removeprefix("/") for each in problems)
    rest = {name: value for name, value in said.items() if name not in wrong}
    stand_ins = {name: value for name, value in _STAND_INS.items() if name in wrong}
    try:
        to_domain(AppointmentBody.model_validate({**rest, **stand_ins}), guid=guid, links=links, unknown=wrong)
    except BodyProblems as more:
        problems += more.problems
    raise BodyProblems(problems)


def to_domain(
    body: AppointmentBody, *, guid: AppointmentGuid, links: LeadLinks, unknown: frozenset[str] = frozenset()
) -> Appointment:
    """Return the appointment that a body describes; BodyProblems when its fields do not go together.

    Rules that involve a field named in `unknown` are not checked.
    """
    first, problems = _first(body, unknown)
    schedule, more = _schedule(first, body, unknown)
    problems += more
    if body.lead_url is not None and (urlsplit(body.lead_url).hostname or "") not in links.allowed_hosts:
        problems.append(FieldProblem("/LeadUrl", "must be on a host that is listed in ALLOWED_LINK_HOSTS"))
    if problems or schedule is None:
        raise BodyProblems(problems)
    minutes = body.reminder_minutes
    return Appointment(
        guid=guid,
        user=UserGuid(body.user_guid),
        subject=body.subject,
        body_html=from_text(body.body) if body.body_type is rule.BodyType.TEXT else sanitise(body.body),
        schedule=schedule,
        modified_at=body.modified_utc,
        location=body.location,
        show_as=body.show_as,
        is_private=body.is_private,
        reminder=MailboxDefault.REMINDER if isinstance(minutes, rule.Unsaid) else minutes,
        status=body.status,
        lead=_lead(body, links),
    )


def _lead(body: AppointmentBody, links: LeadLinks) -> Lead:
    url = body.lead_url
    if url is None and body.lead_guid is not None:
        url = links.template.replace("{LeadGuid}", body.lead_guid)
    return Lead(guid=body.lead_guid, url=url)


def _problem(kind: str, place: Iterable[str | int], message: str) -> FieldProblem:
    return FieldProblem(pointer_to(*place), "is required" if kind == "missing" else message)


def _schedule(
    first: Once | None, body: AppointmentBody, unknown: frozenset[str]
) -> tuple[Schedule | None, list[FieldProblem]]:
    """Return when the appointment is, in all its occurrences, or what keeps it from being so in Outlook."""
    if not body.recurrence or "Recurrence" in unknown:
        return first, []
    if not body.is_all_day and body.time_zone is None and not unknown & {"TimeZone", "IsAllDay"}:
        detail = "is required with Recurrence, so that the series keeps its hour when clocks change; or IsAllDay"
        return None, [FieldProblem("/TimeZone", detail)]
    try:
        recurrence = read(body.recurrence)
        return (None if first is None else series_of(first, recurrence)), []
    except RecurrenceRefused as refused:
        return None, [FieldProblem(f"/{refused.at.value}", str(refused))]


def _first(body: AppointmentBody, unknown: frozenset[str]) -> tuple[Once | None, list[FieldProblem]]:
    """Return when the appointment is (of a series, the first one), or what keeps its times from being a stretch."""
    known = {"Start": body.start, "End": body.end}
    if "IsAllDay" in unknown:
        return None, []
    problems = [
        problem
        for name, value in known.items()
        if name not in unknown and (problem := _time_problem(name, value, body, unknown)) is not None
    ]
    if problems or unknown & {"Start", "End", "TimeZone"}:
        return None, problems
    if body.is_all_day:
        first_day, day_after = rule.parse_date(body.start), rule.parse_date(body.end)
        if day_after <= first_day:
            return None, [FieldProblem("/End", "must be later than Start: it is the day after the last one")]
        return AllDay(first_day=first_day, day_after=day_after), []
    start_at, end_at = _moment(body.start, body.time_zone), _moment(body.end, body.time_zone)
    if end_at < start_at:
        return None, [FieldProblem("/End", "must not be before Start")]
    return Timed(start_at=start_at, end_at=end_at, zone=body.time_zone and iana_of(body.time_zone)), []


def _time_problem(name: str, value: str, body: AppointmentBody, unknown: frozenset[str]) -> FieldProblem | None:
    if body.is_all_day:
        if not rule.is_date(value):
            return FieldProblem(f"/{name}", "must be a plain date such as 2026-11-23, since IsAllDay is true")
        return None
    if rule.is_date(value):
        return FieldProblem(f"/{name}", "must be a time such as 2026-11-23T09:00:00+01:00, or IsAllDay must be true")
    if rule.parse_time(value).tzinfo is None and body.time_zone is None and "TimeZone" not in unknown:
        return FieldProblem(f"/{name}", "must have an offset (or Z), since TimeZone is not given")
    return None


def _moment(value: str, zone: str | None) -> datetime:
    """Return the instant; an hour that clocks show twice is the first, one that they skip is that much later."""
    at = rule.parse_time(value)
    return at.astimezone(UTC) if at.tzinfo is not None else instant_of(at, resolve(zone or "UTC"))
