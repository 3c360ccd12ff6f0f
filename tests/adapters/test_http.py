"""HTTP to the outside systems."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from shared_code.adapters.http import Http
from shared_code.use_cases.errors import Refused, TryAgainLater
from tests.adapters.scripted_server import Reply, ScriptedServer
from tests.fakes.clock import FakeClock


@pytest.fixture(name="clock")
def clock_fixture() -> FakeClock:
    return FakeClock()


@pytest.fixture(name="http")
def http_fixture(clock: FakeClock) -> Http:
    return Http("The system", clock)


def test_an_answer_is_returned_whatever_its_status(http: Http, server: ScriptedServer) -> None:
    server.replies = [Reply(418, {"a": 1}, {"X-Y": "z"})]

    answer = http.send("POST", f"{server.url}/x", headers={"H": "v"}, content=b"body")

    assert (answer.status, answer.content, answer.headers["x-y"]) == (418, b'{"a": 1}', "z")
    [asked] = server.asked
    assert (asked.method, asked.path, asked.headers["H"], asked.content) == ("POST", "/x", "v", b"body")


def test_redirects_are_not_followed(http: Http, server: ScriptedServer) -> None:
    server.replies = [Reply(302, headers={"Location": f"{server.url}/elsewhere"})]

    answer = http.send("GET", f"{server.url}/x", headers={})

    assert (answer.status, len(server.asked)) == (302, 1)


def test_a_link_is_asked_for_to_the_letter(http: Http, server: ScriptedServer) -> None:
    http.send("GET", f"{server.url}/a%7Eb?$skiptoken=%41b+c%2F&x='(1)'", headers={})

    assert server.asked[0].path == "/a%7Eb?$skiptoken=%41b+c%2F&x='(1)'"


def test_a_dropped_get_is_asked_once_more(http: Http, server: ScriptedServer) -> None:
    server.replies = [Reply(drops=True), Reply(200, "there")]

    answer = http.send("GET", server.url, headers={})

    assert (answer.content, len(server.asked)) == (b'"there"', 2)


def test_a_get_dropped_twice_is_for_later(http: Http, server: ScriptedServer) -> None:
    server.replies = [Reply(drops=True)]

    with pytest.raises(TryAgainLater):
        http.send("GET", server.url, headers={})

    assert len(server.asked) == 2


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_nothing_but_a_get_is_repeated(http: Http, server: ScriptedServer, method: str) -> None:
    server.replies = [Reply(drops=True)]

    with pytest.raises(TryAgainLater):
        http.send(method, server.url, headers={}, content=b"x")

    assert len(server.asked) == 1


def test_an_answer_that_does_not_come_in_time_is_for_later(
    http: Http, server: ScriptedServer, clock: FakeClock
) -> None:
    late = threading.Event()
    server.replies = [Reply(waits_for=late)]

    with pytest.raises(TryAgainLater):
        http.send("GET", server.url, headers={}, until=clock.now() + timedelta(seconds=0.3))

    late.set()


def test_after_the_deadline_nothing_is_sent(http: Http, server: ScriptedServer, clock: FakeClock) -> None:
    with pytest.raises(TryAgainLater):
        http.send("GET", server.url, headers={}, until=clock.now())

    assert server.asked == []


def test_nobody_there_is_for_later_and_the_address_is_not_told(http: Http) -> None:
    with pytest.raises(TryAgainLater) as later:
        http.send("GET", "http://127.0.0.1:1/secret-path", headers={})

    assert "secret-path" not in str(later.value)


@pytest.mark.parametrize("url", ["http:///x", "http://127.0.0.1/a b", "http://127.0.0.1/ä", "x"])
def test_an_address_that_cannot_be_asked_is_refused(http: Http, url: str) -> None:
    with pytest.raises(Refused):
        http.send("GET", url, headers={})


def test_cookies_are_not_kept(http: Http, server: ScriptedServer) -> None:
    server.replies = [Reply(headers={"Set-Cookie": "rep=anna; Path=/"})]
    http.send("GET", server.url, headers={})

    http.send("GET", server.url, headers={})

    assert "Cookie" not in server.asked[1].headers


def test_a_password_of_netrc_does_not_replace_our_token(
    http: Http, server: ScriptedServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))

    http.send("GET", server.url, headers={"Authorization": "Bearer ours"})

    assert server.asked[0].headers["Authorization"] == "Bearer ours"


def test_new_connections_go_on_working(http: Http, server: ScriptedServer) -> None:
    http.send("GET", server.url, headers={})
    http.use_new_connections()

    assert http.send("GET", server.url, headers={}).status == 200
