"""What people and Teams wrote around the Show Lead link survives every push, and the link is there exactly once."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from tests.scenarios.api import outcome
from tests.scenarios.people import Person, a_guid, at, lasting

LEAD_URL = "https://crm.salesexec.example/leads/7?a=1&b=2"
NOTE = "Parking in the yard"

EDITS: list[dict[str, Any]] = [
    {"Subject": "Call them"},
    {"Location": "Room 7"},
    {"ShowAs": "Tentative"},
    {"IsPrivate": True},
    {"ReminderMinutes": 5},
    {"Status": "Completed"},
    {"LeadUrl": LEAD_URL.replace("/7", "/8")},
    {"LeadUrl": None},
    lasting(at(hour=15)),
    {"IsAllDay": True, "Start": at().strftime("%Y-%m-%d"), "End": at(days=2).strftime("%Y-%m-%d")},
    {"Recurrence": ["RRULE:FREQ=DAILY;COUNT=3"], "TimeZone": "UTC"},
]
A_BODY: dict[str, Any] = {"Body": "Bring the samples."}


def links_in(body: str) -> list[str]:
    return [html.unescape(link) for link in re.findall(r'href="([^"]*/leads/[^"]*)"', body)]


def with_note(body: str) -> str:
    return body.replace("</body>", f"<p>{NOTE} &amp; ring&nbsp;twice.</p></body>")


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: "-".join(edit))
def test_a_note_below_the_link_survives_every_push(anna: Person, edit: dict[str, Any]) -> None:
    guid, said = a_guid(), {"LeadUrl": LEAD_URL}
    event_id = anna.push(guid, **said).json()["EventId"]
    [event] = anna.events()
    anna.edit_event(event_id, Body=with_note(event["Body"]))
    wanted = {**said, **edit}

    # Outlook has nothing that a status would change.
    expected = "Unchanged" if "Status" in edit else "Updated"
    assert outcome(anna.push(guid, **wanted))[:2] == (200, expected)

    [after] = anna.events()
    assert f"{NOTE} &amp; ring&nbsp;twice." in after["Body"]
    assert "Bring the offer." in after["Body"]
    assert links_in(after["Body"]) == [url for url in [wanted["LeadUrl"]] if url is not None]


@pytest.mark.parametrize("edit", [*EDITS, A_BODY, {**A_BODY, "Subject": "Call them"}], ids=lambda edit: "-".join(edit))
def test_a_teams_meeting_stays_one_whatever_is_pushed(anna: Person, edit: dict[str, Any]) -> None:
    guid, said = a_guid(), {"LeadUrl": LEAD_URL}
    event_id = anna.push(guid, **said).json()["EventId"]
    anna.edit_event(event_id, IsOnlineMeeting=True)
    [before] = anna.events()
    join = re.findall(r'href="(https://teams[^"]*)"', before["Body"])
    assert len(join) == 1

    anna.push(guid, **{**said, **edit})
    anna.push(guid, **{**said, **edit, "Location": "Room 9"})
    anna.poll()

    [after] = anna.events()
    assert re.findall(r'href="(https://teams[^"]*)"', after["Body"]) == join
    assert anna.ask_graph("GET", f"events/{event_id}").json()["isOnlineMeeting"]
    assert edit.get("Body", "Bring the offer.") in after["Body"]
    assert len(links_in(after["Body"])) == (0 if "LeadUrl" in edit and edit["LeadUrl"] is None else 1)


def test_a_link_that_was_edited_out_comes_back_once_with_the_next_push(anna: Person) -> None:
    guid = a_guid()
    event_id = anna.push(guid, LeadUrl=LEAD_URL).json()["EventId"]
    anna.edit_event(event_id, Body=f"<p>{NOTE}</p>")

    answers = [outcome(anna.push(guid, LeadUrl=LEAD_URL)) for _ in range(3)]

    [after] = anna.events()
    assert [answer[1] for answer in answers] == ["Updated", "Unchanged", "Unchanged"]
    assert links_in(after["Body"]) == [LEAD_URL]
    assert NOTE in after["Body"]


def test_a_link_that_was_doubled_is_one_again_after_the_next_push(anna: Person) -> None:
    guid = a_guid()
    event_id = anna.push(guid, LeadUrl=LEAD_URL).json()["EventId"]
    [event] = anna.events()
    [link] = re.findall(r"<a [^>]*>Show Lead</a>", event["Body"])
    anna.edit_event(event_id, Body=event["Body"].replace("</body>", f"<p>{NOTE} {link}</p></body>"))

    anna.push(guid, LeadUrl=LEAD_URL, Subject="Call them")

    [after] = anna.events()
    assert links_in(after["Body"]) == [LEAD_URL]
    assert NOTE in after["Body"]


def test_who_wants_no_link_gets_none_and_keeps_what_she_wrote(anna: Person) -> None:
    guid = a_guid()
    event_id = anna.push(guid, LeadUrl=LEAD_URL).json()["EventId"]
    [event] = anna.events()
    anna.edit_event(event_id, Body=with_note(event["Body"]))
    anna.prefer(LeadLink=False)

    anna.push(guid, LeadUrl=LEAD_URL, Subject="Call them")
    anna.push(guid, LeadUrl=LEAD_URL, Subject="Call them again")

    [after] = anna.events()
    assert links_in(after["Body"]) == []
    assert NOTE in after["Body"]
    anna.prefer(LeadLink=True)
    anna.push(guid, LeadUrl=LEAD_URL, Subject="Call them now")
    assert links_in(anna.events()[0]["Body"]) == [LEAD_URL]
