"""Attendees, the mails Exchange sends without being asked, invitations received, online meetings."""

from __future__ import annotations

from tests.sandbox.graph.rep import Rep, attendee, code_of

SAM, ALEX = "sam@contoso.example", "alex@fabrikam.example"
MEETING = {"Subject": "Review", "Start": "2026-11-24T09:00:00", "End": "2026-11-24T10:00:00"}


def test_an_event_without_attendees_mails_nobody(rep: Rep) -> None:
    event = rep.create()
    rep.patch(f"/me/events/{event['id']}", {"subject": "Later"})
    rep.delete(f"/me/events/{event['id']}")

    assert rep.mails() == []


def test_a_meeting_invites_updates_and_cancels_without_being_asked(rep: Rep) -> None:
    event = rep.create(attendees=[attendee(SAM), attendee(ALEX, "Optional"), attendee(rep.user.upn)])
    rep.patch(f"/me/events/{event['id']}", {"subject": "Later"})
    rep.delete(f"/me/events/{event['id']}")

    assert rep.mails() == [("invitation", (SAM, ALEX)), ("update", (SAM, ALEX)), ("cancellation", (SAM, ALEX))]
    assert [one["type"] for one in event["attendees"]] == ["required", "optional", "required"]


def test_a_patch_of_only_the_attendees_mails_only_those_who_changed(rep: Rep) -> None:
    event = rep.create(attendees=[attendee(SAM)])
    rep.world.mailroom.reset()

    rep.patch(f"/me/events/{event['id']}", {"attendees": [attendee(SAM), attendee(ALEX)]})
    rep.patch(f"/me/events/{event['id']}", {"attendees": [attendee(ALEX)]})

    assert rep.mails() == [("invitation", (ALEX,)), ("cancellation", (SAM,))]


def test_a_patch_of_more_than_the_attendees_updates_those_who_stay(rep: Rep) -> None:
    event = rep.create(attendees=[attendee(SAM)])
    rep.world.mailroom.reset()

    rep.patch(f"/me/events/{event['id']}", {"attendees": [attendee(SAM), attendee(ALEX)], "subject": "New"})

    assert rep.mails() == [("invitation", (ALEX,)), ("update", (SAM,))]


def test_writing_an_extension_mails_nobody(rep: Rep) -> None:
    event = rep.create(attendees=[attendee(SAM)])
    rep.world.mailroom.reset()

    body = {"@odata.type": "microsoft.graph.openTypeExtension", "extensionName": "x.y", "rev": 1}
    rep.post(f"/me/events/{event['id']}/extensions", body)

    assert rep.mails() == []


def test_a_received_meeting_belongs_to_its_organizer_and_a_change_of_the_copy_mails_nobody(rep: Rep) -> None:
    order = {"Upn": rep.user.upn, "Organizer": {"Address": ALEX, "Name": "Alex"}, "Event": MEETING}
    invited = rep.outlook("POST", "/invitations", order, 201)
    path = f"/me/events/{invited['Id']}"

    read = rep.get(path)
    patched = rep.patch(path, {"subject": "My own name for it"})
    status = rep.delete(path)

    assert (read["isOrganizer"], read["organizer"]["emailAddress"]["address"]) == (False, ALEX)
    assert read["responseStatus"]["response"] == "notResponded"
    assert rep.user.upn in [one["emailAddress"]["address"] for one in read["attendees"]]
    assert patched["subject"] == "My own name for it"
    assert (status, rep.mails()) == (204, [])


def test_an_attendee_keeps_the_answer_when_the_list_is_written_again(rep: Rep) -> None:
    order = {"Upn": rep.user.upn, "Event": {**MEETING, "Attendees": [{"Address": SAM, "Name": "Sam"}]}}
    made = rep.outlook("POST", "/events", order, 201)
    rep.outlook("POST", f"/events/{made['Id']}/responses", {"Address": SAM, "Response": "accepted"})

    after = rep.patch(f"/me/events/{made['Id']}", {"attendees": [attendee(SAM.upper()), attendee(ALEX)]})

    assert [one["status"]["response"] for one in after["attendees"]] == ["accepted", "none"]
    assert [kind for kind, _ in rep.mails()] == ["invitation", "invitation"]


def test_an_answer_or_a_dismissed_reminder_makes_a_new_version_without_an_edit(rep: Rep) -> None:
    event = rep.create(attendees=[attendee(SAM)])
    path = f"/events/{event['id']}"

    answered = rep.outlook("POST", f"{path}/responses", {"Address": SAM, "Response": "Declined"})
    touched = rep.outlook("POST", f"{path}/touch")

    assert len({event["changeKey"], answered["ChangeKey"], touched["ChangeKey"]}) == 3
    assert answered["Attendees"][0]["Response"] == "declined"
    assert (touched["Subject"], touched["StartUtc"]) == (answered["Subject"], answered["StartUtc"])


def test_more_than_500_attendees_are_refused(rep: Rep) -> None:
    event = rep.create()
    crowd = [attendee(f"p{number}@contoso.example") for number in range(501)]

    answer = rep.ask("PATCH", f"/me/events/{event['id']}", {"attendees": crowd})

    assert (answer.status_code, code_of(answer), rep.mails()) == (400, "ErrorInvalidRequest", [])


def test_an_online_meeting_has_a_link_in_itself_and_in_its_body_and_stays_online(rep: Rep) -> None:
    event = rep.create(isOnlineMeeting=True, onlineMeetingProvider="teamsForBusiness")
    path = f"/me/events/{event['id']}"

    after = rep.patch(path, {"isOnlineMeeting": False, "onlineMeetingProvider": "skypeForBusiness"})

    link = event["onlineMeeting"]["joinUrl"]
    assert link.startswith("https://teams.microsoft.com/l/meetup-join/")
    assert link in event["body"]["content"]
    assert (after["isOnlineMeeting"], after["onlineMeetingProvider"]) == (True, "teamsForBusiness")


def test_a_body_written_without_the_teams_block_ends_the_online_meeting(rep: Rep) -> None:
    event = rep.create(isOnlineMeeting=True, onlineMeetingProvider="teamsForBusiness")
    path = f"/me/events/{event['id']}"
    kept = event["body"]["content"].replace("<body>", "<body><p>Agenda</p>")

    edited = rep.patch(path, {"body": {"contentType": "html", "content": kept}})
    lost = rep.patch(path, {"body": {"contentType": "html", "content": "<p>Agenda</p>"}})

    assert (edited["isOnlineMeeting"], "Agenda" in edited["body"]["content"]) == (True, True)
    assert (lost["isOnlineMeeting"], lost["onlineMeeting"]) == (False, None)


def test_a_calendar_that_does_not_allow_teams_ignores_the_wish(rep: Rep) -> None:
    calendar = rep.outlook("POST", "/calendars", {"Upn": rep.user.upn, "Name": "Plain", "AllowsTeams": False}, 201)
    body = {
        "subject": "Call",
        "start": {"dateTime": "2026-11-24T09:00:00", "timeZone": "UTC"},
        "end": {"dateTime": "2026-11-24T10:00:00", "timeZone": "UTC"},
        "isOnlineMeeting": True,
    }

    event = rep.post(f"/me/calendars/{calendar['Id']}/events", body)

    assert (event["isOnlineMeeting"], event["onlineMeeting"]) == (False, None)


def test_a_view_shows_the_join_link_only_when_is_online_meeting_is_selected_too(rep: Rep) -> None:
    rep.create(isOnlineMeeting=True)
    window = "startDateTime=2026-11-01&endDateTime=2026-12-01"

    alone = rep.get("/me/calendarView", f"{window}&$select=onlineMeeting")["value"][0]
    together = rep.get("/me/calendarView", f"{window}&$select=onlineMeeting,isOnlineMeeting")["value"][0]

    assert "onlineMeeting" not in alone
    assert together["onlineMeeting"]["joinUrl"]
