"""What is done in memory: a page of events decoded and compared, and bodies made harmless."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import requests

from benchmarks.report import Section
from benchmarks.stage import Effort, Rep, Stage
from benchmarks.timing import Deed
from shared_code.adapters.graph import addresses
from shared_code.adapters.graph.wire.payloads import EVENT, PAGE, Event, decoded
from shared_code.adapters.graph.wire.reading import event_in
from shared_code.domain.appointments import Lead
from shared_code.domain.decisions import Action
from shared_code.domain.events import CalendarEvent, EventKind
from shared_code.domain.identifiers import EventId
from shared_code.domain.incoming import step_for_known
from shared_code.domain.lead_link import without_link
from shared_code.domain.markup import canonical, sanitise
from shared_code.domain.outgoing import created_pair, plan_update, updated_pair
from shared_code.domain.pairs import Pair, PairState
from shared_code.use_cases.ports import Poll
from shared_code.use_cases.pushing import rules_of

PAGE_SIZE = 50
KILOBYTES = (1, 16, 64)
_LEAD = "https://crm.salesexec.example/leads/1"
# Paragraphs as Outlook's own editor writes them: classes, styles and office elements that do not pass.
_PARAGRAPH = (
    '<p class="MsoNormal" style="margin:0cm;font-size:11pt"><span lang="EN-US">Offer &amp; samples for <b>Wingtip</b>, '
    'see <a href="https://example.com/offer?id=1&amp;v=2">the list</a>.</span><o:p></o:p></p>\r\n'
)


def reps_for(effort: Effort) -> int:  # noqa: ARG001 - the shape of a measure
    """Return how many connected reps this takes."""
    return 1


def measure(stage: Stage, reps: Sequence[Rep]) -> Section:
    """Take a real page of the simulated Graph, and bodies of three sizes."""
    section = Section("6. In memory", ("what", "CPU, in GETs", "CPU of each, in GETs"))
    (rep,) = reps
    stage.fill(rep, PAGE_SIZE)
    stage.app.poll_calendar(Poll(user=rep.user), "bench")
    _measure_page(stage, rep, section)
    for size in KILOBYTES:
        _measure_body(stage, rep, size, section)
    return section


def _measure_body(stage: Stage, rep: Rep, size: int, section: Section) -> None:
    connection = stage.app.ports.connections.get(rep.user)
    assert connection is not None, "the rep is connected"
    rules = rules_of(connection, stage.app.ports)
    text = _PARAGRAPH * (size * 1024 // len(_PARAGRAPH))
    body = f'<html><body>{text}<p><a href="{_LEAD}">Show Lead</a></p></body></html>'
    appointment = stage.appointment(rep, body_html=sanitise(text), lead=Lead(url=_LEAD))
    event = CalendarEvent(
        id=EventId("AAMk"),
        change_key="1",
        kind=EventKind.SINGLE,
        subject=appointment.subject,
        body_html=body,
        schedule=appointment.schedule,
        modified_at=appointment.modified_at,
    )
    book, state = connection.book, PairState.LINKED
    unmade = Pair(book=book, user=rep.user, appointment=appointment.guid, state=state, event_id=event.id)
    pair = created_pair(appointment, event, unmade, rules)
    renamed = replace(appointment, subject="Another subject")

    def decide() -> None:
        update = plan_update(renamed, event, pair, rules)
        assert update.content.body_html is None, "only the subject is to be written"
        updated_pair(renamed, event, pair, update, rules)

    _add(stage, section, f"body of {size} KB made harmless", 1, lambda: sanitise(body))
    _add(stage, section, f"body of {size} KB in canonical form", 1, lambda: canonical(body))
    _add(stage, section, f"Show Lead link cut out of {size} KB", 1, lambda: without_link(body, rules.lead_hosts))
    _add(stage, section, f"push decided and remembered, bodies of {size} KB with a link", 1, decide)


def _measure_page(stage: Stage, rep: Rep, section: Section) -> None:
    page = _page(stage, rep)
    events = _events(page)
    assert len(events) == PAGE_SIZE, f"a page of {len(events)} events"
    ports = stage.app.ports
    connection = ports.connections.get(rep.user)
    assert connection is not None, "the rep is connected"
    pairs = {pair.event_id: pair for pair in ports.pairs.all_of(connection.book)}
    rules, now = rules_of(connection, ports), ports.clock.now()

    def compare() -> None:
        steps = [step_for_known(event, pairs[event.id], rules, now) for event in events]
        due = [step for step in steps if step is not None and step.action is not Action.NOTHING]
        assert not due, "nothing changed, so nothing is to be done"

    section.notes.append(f"The page: {PAGE_SIZE} events in {len(page) // 1024} KB, bodies of about 1 KB.")
    _add(stage, section, "page with json.loads, no types", PAGE_SIZE, lambda: json.loads(page))
    _add(stage, section, "page with msgspec, typed", PAGE_SIZE, lambda: _payloads(page))
    _add(stage, section, "page with msgspec, made our events", PAGE_SIZE, lambda: _events(page))
    _add(stage, section, "events compared with their pairs", PAGE_SIZE, compare)


def _page(stage: Stage, rep: Rep) -> bytes:
    connection = stage.app.ports.connections.get(rep.user)
    assert connection is not None, "the rep is connected"
    window = connection.preferences.window(stage.app.ports.clock.now())
    token = stage.stack.control("POST", "tokens", {"Upn": rep.upn})["AccessToken"]
    url = stage.stack.addresses["GraphBaseUrl"] + addresses.view(window)
    answer = requests.get(
        url, headers={"Authorization": f"Bearer {token}", "Prefer": 'IdType="ImmutableId"'}, timeout=30
    )
    answer.raise_for_status()
    return answer.content


def _payloads(page: bytes) -> list[Event]:
    return [decoded(EVENT, raw) for raw in decoded(PAGE, page).value]


def _events(page: bytes) -> list[CalendarEvent]:
    return [event_in(raw) for raw in decoded(PAGE, page).value]


def _add(stage: Stage, section: Section, what: str, each: int, deed: Deed) -> None:
    timing = stage.yardstick.timed(lambda: deed, times=stage.effort.times, rounds=stage.effort.rounds)
    section.rows.append((what, str(timing.cpu), str(timing.cpu.divided(each)) if each > 1 else ""))
