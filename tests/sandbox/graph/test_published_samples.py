"""The shapes of Microsoft's published answers, which the simulator must be able to say. Each test names its page."""

from __future__ import annotations

from typing import Any

from tests.sandbox.graph.delta.following import NOVEMBER, VIEW
from tests.sandbox.graph.notifications.subscriber import later, subscribe, subscriber
from tests.sandbox.graph.rep import PROPERTY, Rep, an_event, at, attendee, code_of, extension

PACIFIC = "Pacific Standard Time"
PREFER_PACIFIC = f'outlook.timezone="{PACIFIC}"'
TEXT, FLAG, NUMBER, NOTHING = "text", "flag", "number", "nothing"
MOMENT = {"dateTime": TEXT, "timeZone": TEXT}
ANSWERED = {"response": TEXT, "time": TEXT}
PERSON = {"emailAddress": {"name": TEXT, "address": TEXT}}
LOCATION = {"displayName": TEXT, "locationType": TEXT, "uniqueId": TEXT, "uniqueIdType": TEXT}
PLACE = {"displayName": TEXT, "locationType": TEXT, "uniqueIdType": TEXT}
MET_PLACE = {
    **LOCATION,
    "address": {"street": TEXT, "city": TEXT, "state": TEXT, "countryOrRegion": TEXT, "postalCode": TEXT},
    "coordinates": {"latitude": NUMBER, "longitude": NUMBER},
}
ATTENDEE = {"type": TEXT, "status": ANSWERED, **PERSON}
BODY = {"contentType": TEXT, "content": TEXT}

# Page: api/user-post-events, the answers to its examples.
CREATED: dict[str, Any] = {
    "@odata.context": TEXT,
    "@odata.etag": TEXT,
    "id": TEXT,
    "createdDateTime": TEXT,
    "lastModifiedDateTime": TEXT,
    "changeKey": TEXT,
    "categories": [],
    "originalStartTimeZone": TEXT,
    "originalEndTimeZone": TEXT,
    "iCalUId": TEXT,
    "reminderMinutesBeforeStart": NUMBER,
    "isReminderOn": FLAG,
    "hasAttachments": FLAG,
    "hideAttendees": FLAG,
    "subject": TEXT,
    "bodyPreview": TEXT,
    "importance": TEXT,
    "sensitivity": TEXT,
    "isAllDay": FLAG,
    "isCancelled": FLAG,
    "isDraft": FLAG,
    "isOrganizer": FLAG,
    "responseRequested": FLAG,
    "seriesMasterId": NOTHING,
    "showAs": TEXT,
    "type": TEXT,
    "webLink": TEXT,
    "onlineMeetingUrl": NOTHING,
    "isOnlineMeeting": FLAG,
    "onlineMeetingProvider": TEXT,
    "onlineMeeting": NOTHING,
    "allowNewTimeProposals": FLAG,
    "responseStatus": ANSWERED,
    "body": BODY,
    "start": MOMENT,
    "end": MOMENT,
    "location": LOCATION,
    "locations": [PLACE],
    "recurrence": NOTHING,
    "attendees": [ATTENDEE],
    "organizer": PERSON,
}
# Pages: api/user-list-events and api/event-get, which select the same properties.
CHOSEN = ("subject", "body", "bodyPreview", "organizer", "attendees", "start", "end", "location")
LISTED = {name: CREATED[name] for name in ("@odata.etag", "id", *CHOSEN, "locations")}
EXTENSION = {"@odata.type": TEXT, "id": TEXT, "extensionName": TEXT}


def shape(value: Any) -> Any:
    """Return the kinds of a JSON value, each kind of list member once."""
    match value:
        case dict():
            return {key: shape(member) for key, member in value.items()}
        case list():
            kinds: list[Any] = []
            for kind in map(shape, value):
                if kind not in kinds:
                    kinds.append(kind)
            return kinds
        case bool():
            return FLAG
        case int() | float():
            return NUMBER
        case None:
            return NOTHING
        case _:
            return TEXT


def assert_says(answer: dict[str, Any], published: dict[str, Any]) -> None:
    """Fail unless the answer has every published key with its shape."""
    said = shape(answer)
    assert {key: said.get(key, "missing") for key in published} == published


def lunch(**properties: Any) -> dict[str, Any]:
    """Return a request as the examples of api/user-post-events make them."""
    return an_event(
        subject="Lunch",
        body={"contentType": "HTML", "content": "Does noon suit you?"},
        start=at("2026-04-15T12:00:00", PACIFIC),
        end=at("2026-04-15T14:00:00", PACIFIC),
        location={"displayName": "Harry's Bar"},
        attendees=[attendee("samantha@contoso.example")],
        allowNewTimeProposals=True,
        **properties,
    )


def test_a_created_event_with_a_transaction_id_says_what_user_post_events_publishes(rep: Rep) -> None:
    created = rep.post("/me/events", lunch(transactionId="7E163156-7762-4BEB-A1C6-729EA81755A7"), prefer=PREFER_PACIFIC)

    assert_says(created, {**CREATED, "transactionId": TEXT})
    assert created["start"] == at("2026-04-15T12:00:00.0000000", PACIFIC)
    assert created["originalStartTimeZone"] == PACIFIC
    assert created["location"]["uniqueIdType"] == "private"
    assert created["locations"][0]["uniqueIdType"] == "unknown"
    assert created["body"]["content"].startswith("<html>\r\n<head>\r\n")
    assert created["webLink"].startswith("https://outlook.office365.com/owa/?itemid=")
    assert created["@odata.context"].endswith(f"/$metadata#users('{rep.user.oid}')/events/$entity")


def test_an_event_in_several_places_says_what_user_post_events_publishes(rep: Rep) -> None:
    places = [
        {"displayName": "Conf Room 3"},
        {
            "displayName": "Fourth Coffee",
            "address": {
                "street": "4567 Main St",
                "city": "Redmond",
                "state": "WA",
                "countryOrRegion": "US",
                "postalCode": "32008",
            },
            "coordinates": {"latitude": 47.672, "longitude": -102.103},
        },
        {"displayName": "Home Office"},
    ]
    one_name = {"displayName": "Conf Room 3; Fourth Coffee; Home Office", "locationType": "Default"}

    created = rep.post("/me/events", {**lunch(), "location": one_name, "locations": places})

    assert_says(created, {**CREATED, "locations": [PLACE, MET_PLACE]})
    assert created["location"]["displayName"] == one_name["displayName"]
    assert created["attendees"][0]["status"] == {"response": "none", "time": "0001-01-01T00:00:00Z"}


def test_an_online_meeting_says_what_user_post_events_publishes(rep: Rep) -> None:
    created = rep.post("/me/events", lunch(isOnlineMeeting=True, onlineMeetingProvider="teamsForBusiness"))

    meeting = {"joinUrl": TEXT, "conferenceId": TEXT, "tollNumber": TEXT}
    assert_says(created, {**CREATED, "onlineMeeting": meeting})
    assert (created["isOnlineMeeting"], created["onlineMeetingProvider"]) == (True, "teamsForBusiness")


def test_a_list_in_a_time_zone_says_what_user_list_events_publishes(rep: Rep) -> None:
    rep.post("/me/events", lunch())

    answer = rep.ask("GET", "/me/events", query=f"$select={','.join(CHOSEN)}", prefer=PREFER_PACIFIC)

    assert answer.headers["Preference-Applied"] == PREFER_PACIFIC
    assert set(answer.json()) == {"@odata.context", "value"}
    assert answer.json()["@odata.context"].endswith(f"/events({','.join(CHOSEN)})")
    assert shape(answer.json()["value"]) == [LISTED]


def test_a_selected_event_says_what_event_get_publishes(rep: Rep) -> None:
    created = rep.post("/me/events", lunch())

    read = rep.get(f"/me/events/{created['id']}", f"$select={','.join(CHOSEN)},hideAttendees", prefer=PREFER_PACIFIC)

    assert shape(read) == {"@odata.context": TEXT, **LISTED, "hideAttendees": FLAG}
    assert read["@odata.context"].endswith("hideAttendees)/$entity")


def test_an_updated_event_says_what_event_update_publishes(rep: Rep) -> None:
    created = rep.post("/me/events", lunch())
    body = {
        "originalStartTimeZone": "originalStartTimeZone-value",
        "originalEndTimeZone": "originalEndTimeZone-value",
        "responseStatus": {"response": "", "time": "datetime-value"},
        "recurrence": None,
        "iCalUId": "iCalUId-value",
        "reminderMinutesBeforeStart": 99,
        "isOnlineMeeting": True,
        "onlineMeetingProvider": "teamsForBusiness",
        "isReminderOn": True,
        "hideAttendees": False,
        "categories": ["Red category"],
    }

    updated = rep.patch(f"/me/events/{created['id']}", body)

    kept = ("originalStartTimeZone", "responseStatus", "recurrence", "iCalUId", "isReminderOn", "hideAttendees")
    meeting = {"joinUrl": TEXT, "conferenceId": TEXT, "tollNumber": TEXT}
    assert_says(updated, {**{name: CREATED[name] for name in kept}, "onlineMeeting": meeting})
    assert (updated["reminderMinutesBeforeStart"], updated["categories"]) == (99, ["Red category"])


def test_a_view_says_what_calendar_list_calendarview_publishes(rep: Rep) -> None:
    rep.post("/me/events", lunch())

    view = rep.get("/me/calendar/calendarView", "startDateTime=2026-04-01T00:00:00&endDateTime=2026-05-01T00:00:00")

    names = ("originalStartTimeZone", "responseStatus", "iCalUId", "reminderMinutesBeforeStart", "isReminderOn")
    assert_says(view["value"][0], {name: CREATED[name] for name in names})


def test_an_inline_extension_says_what_opentypeextension_post_publishes(rep: Rep) -> None:
    given = extension(companyName="Wingtip Toys", expirationDate="2026-12-30T11:00:00.000Z", dealValue=10000)

    created = rep.post("/me/events", lunch(extensions=[given]))

    values = {"companyName": TEXT, "expirationDate": TEXT, "dealValue": NUMBER}
    assert_says(created, {**CREATED, "extensions": [{**EXTENSION, **values}]})
    assert created["extensions"][0]["@odata.type"] == "#microsoft.graph.openTypeExtension"


def test_an_extension_by_itself_says_what_opentypeextension_get_and_update_publish(rep: Rep) -> None:
    path = f"/me/events/{rep.post('/me/events', lunch())['id']}/extensions"
    given = extension(companyName="Wingtip Toys", dealValue=500050)

    added = rep.post(path, given)
    read = rep.get(f"{path}/{added['id']}")
    updated = rep.patch(f"{path}/{added['id']}", {**given, "dealValue": 500100, "topPicks": ["Employees", "Family"]})

    published = {"@odata.context": TEXT, **EXTENSION, "companyName": TEXT, "dealValue": NUMBER}
    assert shape(added) == shape(read) == published
    assert shape(updated) == {**published, "topPicks@odata.type": TEXT, "topPicks": [TEXT]}
    assert read["@odata.context"].endswith("/extensions/$entity")


def test_an_expanded_property_says_what_singlevaluelegacyextendedproperty_get_publishes(rep: Rep) -> None:
    created = rep.post("/me/events", lunch(singleValueExtendedProperties=[{"id": PROPERTY, "value": "Green"}]))

    expand = f"$expand=singleValueExtendedProperties($filter=id eq '{PROPERTY}')"
    read = rep.get(f"/me/events/{created['id']}", expand)

    assert shape(read)["singleValueExtendedProperties"] == [{"id": TEXT, "value": TEXT}]


def test_errors_say_what_concepts_errors_publishes(rep: Rep) -> None:
    refused = rep.ask("POST", "/me/events", an_event(isAllDay=True))

    inner = {"date": TEXT, "request-id": TEXT, "client-request-id": TEXT}
    assert shape(refused.json()) == {"error": {"code": TEXT, "message": TEXT, "innerError": inner}}


def test_throttling_says_what_concepts_throttling_publishes(rep: Rep) -> None:
    rep.world.faults.order({"Service": "graph", "Kind": "throttle", "RetryAfter": "2.128"})

    answer = rep.ask("GET", "/me/events")

    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2.128")
    assert (code_of(answer), answer.json()["error"]["message"]) == ("TooManyRequests", "Please retry again later.")


# Page: concepts/delta-query-events, the answers to its walk through a round.
TRACKED = {
    "@odata.type": TEXT,
    "@odata.etag": TEXT,
    "subject": TEXT,
    "body": BODY,
    "start": MOMENT,
    "end": MOMENT,
    "attendees": [],
    "organizer": PERSON,
    "id": TEXT,
}


def test_a_round_of_change_tracking_says_what_delta_query_events_publishes(rep: Rep) -> None:
    events = [rep.create(subject=subject) for subject in ("Plan shopping list", "Pick up car", "Get food")]

    first = rep.get(VIEW, NOVEMBER, prefer="odata.maxpagesize=2")
    last = rep.get(first["@odata.nextLink"], prefer="odata.maxpagesize=2")
    rep.delete(f"/me/events/{events[0]['id']}")
    rep.patch(f"/me/events/{events[1]['id']}", {"location": {"displayName": "Chapel"}})
    later = rep.get(last["@odata.deltaLink"], prefer="odata.maxpagesize=2")

    assert shape(first) == {"@odata.context": TEXT, "@odata.nextLink": TEXT, "value": shape(first["value"])}
    assert "/me/calendarView/delta?$skiptoken=" in first["@odata.nextLink"]
    assert "/me/calendarView/delta?$deltatoken=" in last["@odata.deltaLink"]
    assert first["@odata.context"].endswith("/v1.0/$metadata#Collection(event)")
    for item in (*first["value"], *last["value"]):
        assert_says(item, TRACKED)
    removed = next(item for item in later["value"] if "@removed" in item)
    changed = next(item for item in later["value"] if "@removed" not in item)
    assert shape(removed) == {"@odata.type": TEXT, "id": TEXT, "@removed": {"reason": TEXT}}
    assert_says(changed, {**TRACKED, "location": LOCATION})


def test_lost_tokens_and_too_wide_windows_say_what_developers_reported(rep: Rep) -> None:
    rep.world.switches.set("graph.delta_wide_window", "504")

    lost = rep.ask("GET", VIEW, query="$deltatoken=lost")
    wide = rep.ask("GET", VIEW, query="startDateTime=2025-01-01T00:00:00Z&endDateTime=2027-01-01T00:00:00Z")

    inner = {"date": TEXT, "request-id": TEXT, "client-request-id": TEXT}
    published = {"error": {"code": TEXT, "message": TEXT, "innerError": inner}}
    assert (lost.status_code, shape(lost.json())) == (410, published)
    assert (wide.status_code, shape(wide.json())) == (504, published)
    assert lost.headers["Content-Type"].startswith("application/json")


# Page: api/user-post-events, its recurring example; the padding of what a pattern does not use is part of it.


def test_a_batch_says_what_json_batching_publishes(rep: Rep) -> None:
    created = rep.create()["id"]
    body = {
        "requests": [
            {"id": "1", "method": "GET", "url": f"/me/events/{created}"},
            {"id": "2", "method": "GET", "url": "/me/planner/tasks"},
            {
                "id": "3",
                "url": "/me/calendars",
                "method": "POST",
                "body": {"name": "Holidays"},
                "headers": {"Content-Type": "application/json"},
            },
            {"id": "4", "method": "DELETE", "url": f"/me/events/{created}"},
        ]
    }

    answer = rep.ask("POST", "/$batch", body)

    assert answer.status_code == 200
    assert set(answer.json()) == {"responses"}
    said = {one["id"]: one for one in answer.json()["responses"]}
    assert set(said) == {"1", "2", "3", "4"}
    assert (said["3"]["status"], said["4"]["status"]) == (201, 204)
    assert said["4"]["body"] is None
    inner = {"date": TEXT, "request-id": TEXT, "client-request-id": TEXT}
    assert shape(said["2"]) == {
        "id": TEXT,
        "status": NUMBER,
        "headers": {"Cache-Control": TEXT, "Content-Type": TEXT},
        "body": {"error": {"code": TEXT, "message": TEXT, "innerError": inner}},
    }
    assert said["3"]["headers"]["Content-Type"].startswith("application/json;odata.metadata=minimal")


# Pages: api/subscription-post-subscriptions, -list and -update, their answers.
SUBSCRIPTION = {
    "id": TEXT,
    "resource": TEXT,
    "applicationId": TEXT,
    "changeType": TEXT,
    "clientState": TEXT,
    "notificationUrl": TEXT,
    "lifecycleNotificationUrl": TEXT,
    "expirationDateTime": TEXT,
    "creatorId": TEXT,
    "latestSupportedTlsVersion": TEXT,
    "encryptionCertificate": TEXT,
    "encryptionCertificateId": TEXT,
    "includeResourceData": FLAG,
    "notificationContentType": TEXT,
}


def test_subscriptions_say_what_subscription_post_list_and_update_publish(rep: Rep) -> None:
    with subscriber() as there:
        made = subscribe(rep, there)
        listed = rep.get("/subscriptions")
        renewed = rep.patch(f"/subscriptions/{made['id']}", {"expirationDateTime": later(rep, minutes=100)})

    assert_says(made, {"@odata.context": TEXT, **SUBSCRIPTION})
    assert shape(listed) == {"@odata.context": TEXT, "value": [SUBSCRIPTION]}
    assert_says(renewed, SUBSCRIPTION)
    assert made["@odata.context"].endswith("/v1.0/$metadata#subscriptions/$entity")


def test_notifications_say_what_change_notifications_delivery_webhooks_publishes(rep: Rep) -> None:
    with subscriber() as there:
        made = subscribe(rep, there)
        rep.create()
        [notice] = there.wait_for(1)
        rep.outlook("POST", f"/subscriptions/{made['id']}/lifecycle", {"Event": "missed"})
        [lifecycle] = there.wait_for(1, lifecycle=True)

    envelope = {
        "subscriptionId": TEXT,
        "subscriptionExpirationDateTime": TEXT,
        "clientState": TEXT,
        "tenantId": TEXT,
    }
    data = {"@odata.type": TEXT, "@odata.id": TEXT, "@odata.etag": TEXT, "id": TEXT}
    assert shape(notice) == {"id": TEXT, **envelope, "changeType": TEXT, "resource": TEXT, "resourceData": data}
    assert shape(lifecycle) == {**envelope, "lifecycleEvent": TEXT}
