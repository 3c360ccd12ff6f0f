"""Teams meetings: the join link Graph makes, and the blob it leaves in the body."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from sandbox.graph.mailbox.items import TEAMS, Body, Calendar, Event
from sandbox.graph.wire.markup import as_exchange_keeps_it, html_of
from sandbox.world import Ids

RULE = "_" * 80


def settle(event: Event, calendar: Calendar, *, was_online: bool, ids: Ids, oid: str, tenant_id: str) -> None:
    """Bring an event's online parts in order after a write that may have named them.

    Source: v1.0 metadata, event.isOnlineMeeting: once online it stays so, and the provider cannot be changed.
    Quirk: a calendar that does not allow the provider ignores the wish without a word (an integrator's finding).
    """
    if was_online:
        _keep_or_lose(event)
        return
    if not event.is_online_meeting:
        event.online_meeting_provider = "unknown"
        return
    wanted = event.online_meeting_provider
    provider = TEAMS if wanted == "unknown" else wanted
    if provider not in calendar.online_providers:
        event.is_online_meeting = False
        event.online_meeting_provider = "unknown"
        return
    event.online_meeting_provider = provider
    event.online_meeting = _meeting(ids, oid=oid, tenant_id=tenant_id)
    event.body = with_blob(event.body, event.online_meeting)


def _keep_or_lose(event: Event) -> None:
    meeting = event.online_meeting
    event.is_online_meeting = meeting is not None
    if meeting is None:
        return
    if not holds_blob(event.body, meeting):
        # Source: Microsoft docs, api/event-update: a body written without the blob ends the online meeting.
        event.is_online_meeting = False
        event.online_meeting = None
        event.online_meeting_provider = "unknown"


def holds_blob(body: Body, meeting: dict[str, Any]) -> bool:
    """Say whether a body still carries the join link of its meeting."""
    link = str(meeting["joinUrl"])
    return link in body.content or link.replace("&", "&amp;") in body.content


def with_blob(body: Body, meeting: dict[str, Any]) -> Body:
    """Return a body with the join block at its end, as Teams adds it."""
    link = str(meeting["joinUrl"])
    if body.content_type == "text":
        block = f"\r\n{RULE}\r\nMicrosoft Teams meeting\r\nJoin: {link}\r\nPhone: {meeting['tollNumber']}\r\n{RULE}\r\n"
        return Body(content_type="text", content=body.content + block)
    shown = link.replace("&", "&amp;")
    block = (
        f'<br><div class="me-email-text"><span>{RULE}</span>'
        '<div><span style="font-size:24px">Microsoft Teams meeting</span></div>'
        f'<div><a class="me-email-headline" href="{shown}" id="meet_invite_block.action.join_link">'
        "Join the meeting now</a></div>"
        f"<div>Phone conference ID: {meeting['conferenceId']}#</div><span>{RULE}</span></div>"
    )
    content = body.content or html_of("")
    return Body(content_type="html", content=as_exchange_keeps_it(content.replace("</body>", block + "</body>")))


def _meeting(ids: Ids, *, oid: str, tenant_id: str) -> dict[str, Any]:
    thread = quote(f"19:meeting_{ids.opaque(length=48)}@thread.v2", safe="")
    context = quote(f'{{"Tid":"{tenant_id}","Oid":"{oid}"}}', safe="")
    number = int(ids.guid().replace("-", "")[:8], 16) % 10**9
    return {
        "joinUrl": f"https://teams.microsoft.com/l/meetup-join/{thread}/0?context={context}",
        "conferenceId": f"{number:09d}",
        "tollNumber": "+1 425 555 0123",
    }
