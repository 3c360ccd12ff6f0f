"""The host's HTTP side behaves as Azure's does."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from sandbox.running.host_process import HostProcess

GUID = "0b0f3c7e-5a5e-4a55-9d2c-0d6e3a1c2b4f"


def call(host: HostProcess, path: str, method: str = "GET", **more: object) -> requests.Response:
    return requests.request(method, host.url + path, timeout=30, allow_redirects=False, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (f"/api/things/{GUID}", f"guid {GUID}"),
        (f"/api/THINGS/{GUID.upper()}/", f"guid {GUID.upper()}"),
        ("/api/things/all", "all"),
        ("/api/things/chairs", "chairs -"),
        ("/api/things/chairs/leg%20one", "chairs leg one"),
        ("/api/things/chairs/a%2Fb", "chairs a%2Fb"),
    ],
)
def test_a_path_leads_to_the_most_precise_route(http_app: HostProcess, path: str, answer: str) -> None:
    response = call(http_app, path)

    assert (response.status_code, response.text) == (200, answer)
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    "path", ["/api/things/x1", "/api/things/ab", "/api/nothing", "/things/all", "/api/things/chairs/leg/two"]
)
def test_a_path_without_a_route_is_404(http_app: HostProcess, path: str) -> None:
    assert call(http_app, path).status_code == 404


def test_the_wrong_method_is_404_and_head_is_not_get(http_app: HostProcess) -> None:
    assert call(http_app, "/api/things/all", "DELETE").status_code == 404
    assert call(http_app, "/api/things/all", "HEAD").status_code == 404
    assert call(http_app, "/api/echo/1", "POST").status_code == 404


def test_head_has_headers_and_no_body(http_app: HostProcess) -> None:
    response = call(http_app, "/api/echo/1", "HEAD")

    assert (response.status_code, response.content, response.headers["x-echo"]) == (200, b"", "yes")


def test_the_function_sees_the_request_as_the_real_host_tells_it(http_app: HostProcess) -> None:
    told = call(
        http_app,
        "/api/echo/a%20b?x=1&x=2&empty=&y=%C3%A9",
        "PUT",
        data="grüße".encode(),
        headers={"X-Mixed-Case": "Yes"},
    ).json()

    assert told["method"] == "PUT"
    assert told["url"] == f"{http_app.url}/api/echo/a%20b?x=1&x=2&empty=&y=%C3%A9"
    assert told["route"] == {"id": "a b"}
    assert told["query"] == {"x": "1,2", "y": "é"}
    assert told["headers"]["x-mixed-case"] == "Yes"
    assert told["body"] == "grüße"


def test_a_chunked_body_arrives_empty(http_app: HostProcess) -> None:
    told = call(http_app, "/api/echo/1", "PUT", data=iter([b"some", b"thing"])).json()

    assert told["body"] == ""


def test_a_body_above_the_limit_is_413(http_app: HostProcess) -> None:
    assert call(http_app, "/api/echo/1", "PUT", data=b"x" * 1001).status_code == 413
    assert call(http_app, "/api/echo/1", "PUT", data=b"x" * 1000).status_code == 200


def test_a_function_level_route_opens_to_its_own_key_the_host_key_and_the_master_key(http_app: HostProcess) -> None:
    ready = http_app.ready
    for key in (http_app.keys["locked"], ready["HostKey"], ready["MasterKey"]):
        assert call(http_app, "/api/locked", headers={"x-functions-key": key}).status_code == 200
        assert call(http_app, f"/api/locked?code={key}").status_code == 200

    for key in ("", "wrong", http_app.keys["other"]):
        refused = call(http_app, "/api/locked", headers={"x-functions-key": key})
        assert (refused.status_code, refused.content) == (401, b"")


def test_an_admin_level_route_opens_to_the_master_key_alone(http_app: HostProcess) -> None:
    ready = http_app.ready

    answers = [
        call(http_app, "/api/secret", headers={"x-functions-key": key}).status_code
        for key in (http_app.keys["secret"], ready["HostKey"], ready["MasterKey"])
    ]

    assert answers == [401, 401, 200]


def test_the_key_in_the_header_counts_even_when_the_one_in_the_url_is_right(http_app: HostProcess) -> None:
    right = http_app.keys["locked"]

    assert call(http_app, f"/api/locked?code={right}", headers={"x-functions-key": "wrong"}).status_code == 401


def test_a_key_is_set_listed_and_revoked_through_the_management_api(http_app: HostProcess) -> None:
    keys = "/admin/functions/other/keys"
    master = {"x-functions-key": http_app.master_key}

    http_app.set_key("other", "partner", "partner-value")

    listed = call(http_app, keys, headers=master).json()["keys"]
    assert {"name": "partner", "value": "partner-value"} in listed
    assert call(http_app, "/api/other?code=partner-value").status_code == 200
    assert call(http_app, "/api/locked?code=partner-value").status_code == 401
    assert call(http_app, keys, headers={"x-functions-key": "partner-value"}).status_code == 401
    assert call(http_app, f"{keys}/partner", "DELETE", headers=master).status_code == 204
    assert call(http_app, "/api/other?code=partner-value").status_code == 401


def test_several_cookies_and_a_redirect_reach_the_browser(http_app: HostProcess) -> None:
    response = call(http_app, "/api/cookies")

    assert (response.status_code, response.headers["location"]) == (302, "https://example.org/")
    assert response.raw.headers.getlist("set-cookie") == [
        "session=a%2Fb%3D; path=/; secure; samesite=lax; httponly",
        "old=gone; max-age=0",
    ]


def test_a_function_that_raises_gives_an_empty_500_and_its_traceback_in_the_log(http_app: HostProcess) -> None:
    response = call(http_app, "/api/broken")

    assert (response.status_code, response.content) == (500, b"")
    assert "ValueError: the reason is in the log" in http_app.log()
    assert "in broken" in http_app.log()


def test_an_answer_that_takes_longer_than_the_front_end_waits_is_504(http_app: HostProcess) -> None:
    assert call(http_app, "/api/slow").status_code == 504


def test_24_sync_functions_run_at_once(http_app: HostProcess) -> None:
    with ThreadPoolExecutor(24) as callers:
        answers = list(callers.map(lambda _: call(http_app, "/api/together").status_code, range(24)))

    assert answers == [200] * 24


def test_the_hosts_own_pages_need_the_master_key(http_app: HostProcess) -> None:
    assert call(http_app, "/admin/host/status").status_code == 401
    assert call(http_app, "/admin/functions/locked", "POST", json={}).status_code == 401
    assert http_app.status()["state"] == "Running"
