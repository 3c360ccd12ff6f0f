"""The trip-wire of a calendar, against a scripted Graph."""

from typing import Any

import pytest

from shared_code.adapters.graph.client import GraphClient
from shared_code.adapters.graph.feed import GraphChangeFeed
from shared_code.domain.schedules import Window
from shared_code.use_cases.errors import Refused, SyncStateLost, TryAgainLater
from tests.adapters.graph.answers import error
from tests.adapters.scripted_server import Reply, ScriptedServer
from tests.builders import NOW

WINDOW = Window(start_at=NOW, end_at=NOW.replace(day=30))
REMOVED = {"@removed": {"reason": "deleted"}}


@pytest.fixture(name="feed")
def feed_fixture(client: GraphClient) -> GraphChangeFeed:
    return GraphChangeFeed(client)


@pytest.fixture(name="link")
def link_fixture(server: ScriptedServer) -> str:
    return f"{server.url}/v1.0/me/calendarView/delta?$deltatoken=R0us%2Fmc"


def changed(event_id: str, version: str, **more: Any) -> dict[str, Any]:
    return {"@odata.type": "#microsoft.graph.event", "id": event_id, "@odata.etag": f'W/"{version}"', **more}


def a_page(*items: object, following: str = "", final: str = "") -> Reply:
    body: dict[str, object] = {"value": list(items)}
    if following:
        body["@odata.nextLink"] = following
    if final:
        body["@odata.deltaLink"] = final
    return Reply(body=body)


def test_a_round_is_walked_to_its_end_also_over_empty_pages(
    feed: GraphChangeFeed, server: ScriptedServer, link: str
) -> None:
    on = f"{server.url}/v1.0/me/calendarView/delta?$skiptoken=b96%2F"
    server.replies = [a_page(following=on), a_page(changed("a", "1"), final=link)]

    token = feed.begin(WINDOW)

    first, second = server.asked
    assert token == link
    assert first.path == (
        "/v1.0/me/calendarView/delta?startDateTime=2026-11-23T09:00:00Z&endDateTime=2026-11-30T09:00:00Z"
    )
    assert second.path == "/v1.0/me/calendarView/delta?$skiptoken=b96%2F"
    for asked in server.asked:
        assert "odata.maxpagesize=200" in asked.headers["Prefer"]
        assert 'IdType="ImmutableId"' in asked.headers["Prefer"]


def test_an_idle_calendar_costs_one_request(feed: GraphChangeFeed, server: ScriptedServer, link: str) -> None:
    server.replies = [a_page(final=f"{link}2")]

    changes = feed.since(link)

    [asked] = server.asked
    assert asked.path == "/v1.0/me/calendarView/delta?$deltatoken=R0us%2Fmc"
    assert (changes.changed, changes.removed, changes.token) == ({}, frozenset(), f"{link}2")


def test_what_changed_comes_with_its_newest_version_and_what_left_by_its_id(
    feed: GraphChangeFeed, server: ScriptedServer, link: str
) -> None:
    on = f"{server.url}/v1.0/on"
    server.replies = [
        a_page(changed("a", "1"), changed("b", "1"), {"id": "c", **REMOVED}, following=on),
        a_page(changed("b", "2"), {"id": "a", **REMOVED}, changed("d", "", changeKey="4"), final=link),
    ]

    changes = feed.since(link)

    assert changes.changed == {"a": "1", "b": "2", "d": "4"}
    assert changes.removed == {"a", "c"}


@pytest.mark.parametrize("said", [{}, {"@odata.etag": "?"}, {"@odata.etag": None, "changeKey": None}])
def test_a_change_without_a_version_is_a_change_all_the_same(
    feed: GraphChangeFeed, server: ScriptedServer, link: str, said: dict[str, object]
) -> None:
    server.replies = [a_page({"id": "a", **said}, final=link)]

    assert feed.since(link).changed == {"a": ""}


@pytest.mark.parametrize("odd", [{}, {"id": 7}, {"id": None}, {"id": "a", "@odata.etag": 1}, [], "a", None])
def test_an_item_that_cannot_be_read_does_not_go_unnoticed(
    feed: GraphChangeFeed, server: ScriptedServer, link: str, odd: object
) -> None:
    server.replies = [a_page(changed("b", "1"), odd, final=link)]

    assert feed.since(link).changed == {"b": "1", "": ""}


def test_odd_fields_that_are_not_ours_to_read_are_passed_over(
    feed: GraphChangeFeed, server: ScriptedServer, link: str
) -> None:
    server.replies = [a_page(changed("a", "1", subject=7, start=None, type=[]), final=link)]

    assert feed.since(link).changed == {"a": "1"}


LOST = [
    Reply(410, error("SyncStateNotFound")),
    Reply(410, error("syncstatenotfound"), {"Location": "https://elsewhere.example/?$deltatoken="}),
    Reply(410, error("")),
    Reply(410, raw=b""),
    Reply(410, error("ErrorItemNotFound")),
    Reply(400, error("SYNCSTATEINVALID")),
    Reply(404, error("resyncRequired")),
    Reply(404, error("UnknownError", innerError={"code": "fullSyncRequired"})),
    Reply(404, error("ErrorItemNotFound")),
]


@pytest.mark.parametrize("lost", LOST)
def test_a_token_that_graph_has_forgotten_is_a_lost_state(
    feed: GraphChangeFeed, server: ScriptedServer, link: str, lost: Reply
) -> None:
    server.replies = [lost]

    with pytest.raises(SyncStateLost):
        feed.since(link)

    assert len(server.asked) == 1


@pytest.mark.parametrize("lost", LOST)
def test_so_is_a_round_that_graph_forgets_on_the_way(
    feed: GraphChangeFeed, server: ScriptedServer, lost: Reply
) -> None:
    server.replies = [a_page(following=f"{server.url}/v1.0/me/calendarView/delta?$skiptoken=1"), lost]

    with pytest.raises(SyncStateLost):
        feed.begin(WINDOW)

    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("reply", "meant"),
    [
        (Reply(404, error("MailboxNotEnabledForRESTAPI")), Refused),
        (Reply(404, raw=b"<html>no such page</html>"), Refused),
        (Reply(501, error("NotImplemented")), Refused),
        (Reply(504, error("UnknownError")), TryAgainLater),
        (Reply(429, error("TooManyRequests")), TryAgainLater),
    ],
)
def test_other_refusals_mean_what_they_mean_elsewhere(
    feed: GraphChangeFeed, server: ScriptedServer, link: str, reply: Reply, meant: type[Exception]
) -> None:
    server.replies = [reply]

    with pytest.raises(meant):
        feed.since(link)


def test_a_last_page_without_a_link_is_no_end_of_a_round(
    feed: GraphChangeFeed, server: ScriptedServer, link: str
) -> None:
    server.replies = [a_page(changed("a", "1"))]

    with pytest.raises(TryAgainLater):
        feed.since(link)


@pytest.mark.parametrize(
    "token", ["", "R0usmc", "https://graph.other.example/v1.0/me/calendarView/delta?$deltatoken=1"]
)
def test_a_token_of_another_graph_is_lost_and_sent_nowhere(
    feed: GraphChangeFeed, server: ScriptedServer, token: str
) -> None:
    with pytest.raises(SyncStateLost):
        feed.since(token)

    assert server.asked == []


@pytest.mark.parametrize("rest", [" and more", "\n", "ü"])
def test_a_token_that_is_no_address_is_lost(
    feed: GraphChangeFeed, server: ScriptedServer, link: str, rest: str
) -> None:
    with pytest.raises(SyncStateLost):
        feed.since(link + rest)

    assert server.asked == []


@pytest.mark.parametrize("name", ["@odata.nextLink", "@odata.deltaLink"])
def test_a_link_that_leads_away_is_refused(feed: GraphChangeFeed, server: ScriptedServer, link: str, name: str) -> None:
    server.replies = [Reply(body={"value": [], name: "https://evil.example/v1.0/me/calendarView/delta?$deltatoken=1"})]

    with pytest.raises(Refused):
        feed.since(link)

    assert len(server.asked) == 1


def test_a_round_that_never_ends_is_refused(feed: GraphChangeFeed, server: ScriptedServer) -> None:
    server.replies = [a_page(following=f"{server.url}/v1.0/me/calendarView/delta?$skiptoken=1")]

    with pytest.raises(Refused):
        feed.begin(WINDOW)

    assert len(server.asked) == 2


def test_a_refused_token_is_renewed_within_a_round(feed: GraphChangeFeed, server: ScriptedServer, link: str) -> None:
    server.replies = [Reply(401, error("InvalidAuthenticationToken")), a_page(final=link)]

    assert feed.since(link).token == link
    assert [asked.headers["Authorization"] for asked in server.asked] == ["Bearer first", "Bearer second"]
