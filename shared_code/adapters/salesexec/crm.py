"""SalesExec through its REST API."""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import msgspec

from shared_code.adapters.http import Answer, Http
from shared_code.adapters.salesexec.appointment_json import BodyProblems, LeadLinks, read_appointment
from shared_code.adapters.salesexec.changes_json import RESULTS, changes_body, results_of
from shared_code.adapters.salesexec.failures import failure, is_success, not_understood
from shared_code.domain.appointments import ListedAppointment
from shared_code.domain.changes import CHANGES_PER_CALL, ChangeAction, ChangeOutcome, ChangeResult, CrmChange
from shared_code.domain.fields import canonical_instant
from shared_code.domain.identifiers import AppointmentGuid, EventId, UserGuid, parse_guid
from shared_code.domain.pairs import Origin
from shared_code.domain.schedules import Window
from shared_code.use_cases.errors import Refused
from shared_code.use_cases.ports import Clock

MOST_PAGES = 10_000
_log = logging.getLogger(__name__)


class SalesExecCrm:
    """SalesExec at one address, called with one token."""

    def __init__(self, http: Http, api_url: str, auth_token: str, links: LeadLinks, clock: Clock) -> None:
        self._http = http
        self._api_url = api_url
        self._auth_token = auth_token
        self._links = links
        self._clock = clock

    def tell(self, user: UserGuid, changes: Sequence[CrmChange]) -> list[ChangeResult]:
        """Send the changes in one call; TryAgainLater unless every one of them is answered.

        Sending all again is harmless: SalesExec knows a change by its id and answers `Duplicate`.
        """
        assert len(changes) <= CHANGES_PER_CALL, "more changes than one call takes"  # noqa: S101 - our own callers
        if not changes:
            return []
        answer = self._send("POST", "/CalendarChanges", body=changes_body(user, changes))
        try:
            results = results_of(RESULTS.decode(answer.content), changes)
        except (msgspec.DecodeError, UnicodeDecodeError) as odd:
            raise not_understood("a list of results") from odd
        if results is None or any(_lacks_guid(*pair) for pair in zip(changes, results, strict=True)):
            raise not_understood("a result for every change")
        return results

    def appointments(self, user: UserGuid, window: Window) -> Iterator[ListedAppointment]:
        """Yield the appointments that SalesExec lists; one that breaks the rules is left out and logged by its guid."""
        asked = {
            "UserGuid": user,
            "StartUtc": canonical_instant(window.start_at),
            "EndUtc": canonical_instant(window.end_at),
        }
        token: str | None = None
        seen: set[str] = set()
        while len(seen) < MOST_PAGES:
            query = urlencode(asked if token is None else {**asked, "PageToken": token})
            items, token = _page(self._send("GET", f"/Appointments?{query}"))
            for said in items:
                listed = self._listed(said, user)
                if listed is not None:
                    yield listed
            if not token:
                return
            if token in seen:
                break
            seen.add(token)
        message = "SalesExec's pages never end"
        raise Refused(message, code="EndlessPages")

    def notify(self, user: UserGuid, code: str, message: str, at: datetime) -> None:
        """Have SalesExec tell the rep something."""
        notice = {"UserGuid": user, "Code": code, "Message": message, "AtUtc": canonical_instant(at)}
        self._send("POST", "/SyncNotices", body=notice)

    def _send(self, method: str, path: str, *, body: Mapping[str, Any] | None = None) -> Answer:
        headers = {"AuthToken": self._auth_token, "Accept": "application/json"}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = msgspec.json.encode(body)
        answer = self._http.send(method, self._api_url + path, headers=headers, content=content)
        if is_success(answer):
            return answer
        raise failure(answer, self._clock.now())

    def _listed(self, said: Any, user: UserGuid) -> ListedAppointment | None:
        try:
            guid = AppointmentGuid(parse_guid(str(said["AppointmentGuid"])))
        except (ValueError, KeyError, TypeError):
            _log.warning("SalesExec listed an appointment without a guid for user %s", user)
            return None
        try:
            appointment = read_appointment({"UserGuid": user, **said}, guid=guid, links=self._links)
        except BodyProblems as broken:
            pointers = ", ".join(problem.pointer for problem in broken.problems)
            _log.warning("SalesExec listed appointment %s with fields that break the rules: %s", guid, pointers)
            return None
        if appointment.user != user:
            # Safety: what is listed for one rep must never be written into another's calendar.
            _log.warning("SalesExec listed appointment %s of another user for user %s", guid, user)
            return None
        event_id = said.get("EventId")
        return ListedAppointment(
            appointment=appointment,
            came_from_outlook=said.get("Origin") == Origin.OUTLOOK,
            event_id=EventId(event_id) if isinstance(event_id, str) and event_id else None,
        )


def _lacks_guid(change: CrmChange, result: ChangeResult) -> bool:
    """Tell whether SalesExec took a new event in without saying as which appointment; asking again will tell."""
    is_new = change.action is ChangeAction.UPSERT and change.appointment is None
    return is_new and result.outcome is not ChangeOutcome.REJECTED and result.appointment is None


def _page(answer: Answer) -> tuple[list[Any], str | None]:
    """Return the appointments of a page, each to be judged by itself, and the token of the next page."""
    try:
        said = json.loads(answer.content)
        items, token = said["Appointments"], said.get("NextPageToken")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as odd:
        raise not_understood("a page of appointments") from odd
    if not isinstance(items, list) or not (token is None or isinstance(token, str)):
        raise not_understood("a page of appointments")
    return items, token
