"""Bad requests by hand, route by route: ids and times in addresses, queries, headers, and what only looks right."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.scenarios.hostile.input.calls import Call, Route

A_USER = "1b4e28ba-2fa1-11d2-883f-0016d3cca427"
SLOT = "2026-12-01T17:00:00Z"
REMOVED = "modifiedUtc=2026-11-23T17:00:00Z"

NO_GUIDS = [
    "1", "null", "not-a-guid", "%20", "%00", "%ff", "%F0%9F%98%80", "%3Cscript%3E", "'%20OR%20'1'='1",
    "00000000-0000-0000-0000-00000000000g", "00000000-0000-0000-0000-0000000000000", "..%2F..%2Fusers",
    "+0000000-0000-0000-0000-000000000000", "0000_000-0000-0000-0000-000000000000",
    "----00000000000000000000000000000000", "1b4e28ba2fa111d2883f0016d3cca427",
    "%7B1b4e28ba-2fa1-11d2-883f-0016d3cca427", "%EF%BC%91b4e28ba-2fa1-11d2-883f-0016d3cca427",
    "urn:1b4e28ba2fa111d2883f0016d3cca427",
    "1b4e28ba-2fa1-11d2-883f-0016d3cca427%00", "1b4e28ba-2fa1-11d2-883f-0016d3cca427%3B", "x" * 4000,
]  # fmt: skip

GUID_ROUTES: list[tuple[str, str, str, str]] = [
    ("PUT", "appointments/{}", "push_appointment", "/AppointmentGuid"),
    ("DELETE", "appointments/{}?" + REMOVED, "delete_appointment", "/AppointmentGuid"),
    ("PUT", "appointments/{}/occurrences/" + SLOT, "push_occurrence", "/AppointmentGuid"),
    ("DELETE", "appointments/{}/occurrences/" + SLOT + "?" + REMOVED, "delete_occurrence", "/AppointmentGuid"),
    ("GET", "appointments/{}/receipt", "get_receipt", "/AppointmentGuid"),
    ("POST", "users/{}/link", "create_link", "/UserGuid"),
    ("GET", "users/{}/connection", "get_connection", "/UserGuid"),
    ("PATCH", "users/{}/connection", "update_connection", "/UserGuid"),
    ("DELETE", "users/{}/connection", "delete_connection", "/UserGuid"),
    ("POST", "users/{}/sync", "sync_now", "/UserGuid"),
    ("POST", "users/{}/held-deletes", "decide_held_deletes", "/UserGuid"),
]

NO_SLOTS = [
    "now", "7", "%20", "%00", "2026-12-01T17:00:00", "2026-13-01", "2026-02-30T10:00:00Z", "2026-12-01T25:00:00Z",
    "%2D2026-12-01", "9999-12-31T23:59:59-14:00", "0000-01-01", "2026-12-01T17:00:00%2B99:00", "x" * 3000,
    "%D9%A2%D9%A0%D9%A2%D9%A6-12-01",
]  # fmt: skip

NO_TIMES = [
    "", "modifiedUtc=", "modifiedUtc=%20", "modifiedUtc=now", "modifiedUtc=1795341600", "modifiedUtc=2026-11-23",
    "modifiedUtc=2026-11-23T17:00:00", "modifiedUtc=2026-02-30T10:00:00Z", "modifiedUtc=0001-01-01T00:00:00%2B14:00",
    "modifiedUtc=%00", "modifiedUtc=%ff%fe", "modifiedUtc=" + "9" * 3000, "modified=2026-11-23T17:00:00Z",
    "=2026-11-23T17:00:00Z", "?modifiedUtc=2026-11-23T17:00:00Z", "&&&=&;", "modifiedUtc[]=2026-11-23T17:00:00Z",
    "modifiedUtc=2026-11-23T17:00:00Z%0A%0Dx", "modifiedUtc='2026-11-23T17:00:00Z'", "a=1&" * 500,
]  # fmt: skip


def bad_addresses(guid: str) -> Iterator[Call]:
    """Yield calls with ids, times and queries that are none; `guid` is one that nothing has."""
    for method, path, function, pointer in GUID_ROUTES:
        for bad in NO_GUIDS:
            content = b"{}" if method in ("PUT", "POST", "PATCH") else None
            where = frozenset({pointer})
            yield Call(f"{function} of {bad[:40]}", method, path.format(bad), function, content, points_at=where)
    slots, times = frozenset({"/OriginalStart"}), frozenset({"/modifiedUtc"})
    for bad in NO_SLOTS:
        path = f"appointments/{guid}/occurrences/{bad}"
        yield Call(f"push slot {bad[:40]}", "PUT", path, "push_occurrence", b"{}", points_at=slots)
        path = f"{path}?{REMOVED}"
        yield Call(f"delete slot {bad[:40]}", "DELETE", path, "delete_occurrence", points_at=slots)
    for bad in NO_TIMES:
        path = f"appointments/{guid}?{bad}"
        yield Call(f"delete with {bad[:40]}", "DELETE", path, "delete_appointment", points_at=times)
        path = f"appointments/{guid}/occurrences/{SLOT}?{bad}"
        yield Call(f"delete slot with {bad[:40]}", "DELETE", path, "delete_occurrence", points_at=times)


def not_there(guid: str) -> Iterator[Call]:
    """Yield calls of what is not there: unknown ids, paths and methods."""
    yield Call("unknown receipt", "GET", f"appointments/{guid}/receipt", "get_receipt", status=404)
    yield Call("unknown job", "GET", f"cleanup/{guid}", "get_cleanup", status=404)
    for bad in ("%00", "%ff", "a%27b", "x" * 3000, "%2F", "%F0%9F%98%80", "%23", "..%2f..", "a%0Ab"):
        yield Call(f"job {bad[:20]}", "GET", f"cleanup/{bad}", "get_cleanup", status=404)
    for path in ("", "appointments", "users", "cleanup/x/y", "admin/host/keys", "appointments/x/y/z", "%2e%2e/admin"):
        yield Call(f"GET /{path}", "GET", path, "", status=404)
    wrong = {
        f"appointments/{guid}": ("GET", "POST", "PATCH", "PROPFIND"),
        f"appointments/{guid}/receipt": ("PUT", "POST", "DELETE"),
        f"users/{guid}/link": ("GET", "PUT", "DELETE"),
        f"users/{guid}/connection": ("POST", "PUT"),
        f"users/{guid}/sync": ("GET", "DELETE"),
        f"users/{guid}/held-deletes": ("GET", "PUT"),
        "cleanup": ("GET", "DELETE", "PUT"),
        "fleet": ("POST", "DELETE"),
        "health": ("POST", "DELETE"),
        "openapi.json": ("POST", "PUT"),
        "oauth/callback": ("POST", "PUT"),
        "oauth/confirm": ("GET", "DELETE"),
        "connect": ("PUT", "DELETE"),
    }
    for path, methods in wrong.items():
        for method in methods:
            yield Call(f"{method} {path}", method, path, "push_appointment", b"{}", status=404)


def without_key(guid: str, keys: Mapping[str, str]) -> Iterator[Call]:
    """Yield calls without a key, with an odd one, and with that of another function."""
    others = [("GET", "fleet", "get_fleet", ""), ("POST", "cleanup", "start_cleanup", "")]
    for method, path, function, _ in [*GUID_ROUTES, *others, ("GET", "cleanup/{}", "get_cleanup", "")]:
        address = path.format(guid)
        other = "get_fleet" if function != "get_fleet" else "get_receipt"
        odd: dict[str, dict[str, str | bytes]] = {
            "no key": {},
            "an empty key": {"x-functions-key": ""},
            "half a key": {"x-functions-key": keys[function][:10]},
            "a key and more": {"x-functions-key": keys[function] + "A"},
            "a key of bytes": {"x-functions-key": b"\xff\xfe"},
            "another function's key": {"x-functions-key": keys[other]},
        }
        for what, headers in odd.items():
            yield Call(f"{function} with {what}", method, address, "", b"{}", headers, status=401)


def bad_headers(push: Route) -> Iterator[Call]:
    """Yield a bad push with odd headers: they change nothing of its answer."""
    content, subject = json.dumps({**push.body, "Subject": ""}).encode(), frozenset({"/Subject"})
    odd: list[dict[str, str | bytes]] = [
        {"x-correlation-id": "x" * 5000},
        {"x-correlation-id": b"\xff\xfe"},
        {"x-correlation-id": 'a"}\t{'},
        {"x-correlation-id": "\N{CYRILLIC SMALL LETTER A}".encode()},
        {"traceparent": "00-nonsense-nonsense-zz"},
        {"tracestate": "=" * 2000},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "text/html"},
        {"Content-Type": ""},
        {"Accept": "application/vnd.nothing"},
        {"Cookie": 'salesexec_sign_in="\\xff; =; ,;'},
        {"X-Forwarded-For": "127.0.0.1, ::1, evil"},
        {"X-Forwarded-Host": "evil.example"},
        {"X-HTTP-Method-Override": "DELETE"},
        {"X-MS-CLIENT-PRINCIPAL": "e30="},
        {"If-Match": '"' * 500},
        {"Range": "bytes=0-0,-1,5-"},
        {"Authorization": "Bearer " + "A" * 8000},
        {"Prefer": b"\xc3\x28"},
    ]
    for headers in odd:
        name, value = next(iter(headers.items()))
        yield push.call(f"{name} {value[:20]!r}", content, subject, headers=headers)


# Each of these is one slip away from being right.
NEARLY: dict[str, list[tuple[dict[str, Any], set[str]]]] = {
    "cleanup": [
        ({"AllUsers": True}, {"/Confirm"}),
        ({"AllUsers": True, "Confirm": "remove all"}, {"/Confirm"}),
        ({"AllUsers": True, "Confirm": "REMOVE ALL "}, {"/Confirm"}),
        ({"AllUsers": True, "Confirm": "REMOVE ALL", "UserGuid": A_USER}, {"/UserGuid"}),
        ({"AllUsers": True, "Confirm": "REMOVE ALL", "DryRun": "true"}, {"/DryRun"}),
        ({"AllUsers": True, "Confirm": "REMOVE ALL", "Sides": ["Outlook", "Both"]}, {"/Sides"}),
        ({"AllUsers": "true", "Confirm": "REMOVE ALL"}, {"/AllUsers"}),
        ({"AllUsers": False, "Confirm": "REMOVE ALL"}, {"/UserGuid"}),
        ({"Confirm": "REMOVE ALL"}, {"/UserGuid"}),
        ({"allUsers": True, "confirm": "REMOVE ALL"}, {"/UserGuid"}),
    ],
    "change": [
        ({"Enabled": False, "Preferences": {"Colour": "red"}}, {"/Preferences/Colour"}),
        ({"Enabled": None}, {"/Enabled"}),
        ({"Preferences": None}, {"/Preferences"}),
        ({"enabled": False}, {""}),
        ({"Preferences": {"a/b~c": 1}}, {"/Preferences/a~1b~0c"}),
        ({"Preferences": {"\ud83d": 1}}, {"/Preferences/?"}),
        ({"Preferences": {"OnlyCategories": ["\ud83d"]}}, {"/Preferences/OnlyCategories"}),
        ({"Preferences": {"OnlyCategories": ["a\u0000b"]}}, {"/Preferences/OnlyCategories"}),
        ({"Preferences": {"OnlyCategories": ["x"] * 51}}, {"/Preferences/OnlyCategories"}),
        ({"Preferences": {"TimeZone": "../../etc/passwd"}}, {"/Preferences/TimeZone"}),
        ({"Preferences": {"WindowPastDays": 7.0}}, {"/Preferences/WindowPastDays"}),
        ({"Preferences": {"__class__": {}}}, {"/Preferences/__class__"}),
    ],
    "held": [
        ({"Decision": "apply"}, {"/Decision"}),
        ({"Decision": ["Apply"]}, {"/Decision"}),
        ({"decision": "Apply"}, {"/Decision"}),
    ],
    "link": [
        ({"Page": "Connect"}, {"/Page"}),
        ({"Page": "fleet"}, {"/Page"}),
        ({"Page": "connect", "Mailbox": "a@b.example\r\nBcc: c@d.example"}, {"/Mailbox"}),
        ({"Page": "connect", "DisplayName": "\u2028"}, {"/DisplayName"}),
        ({"Page": "connect", "DisplayName": "x" * 256}, {"/DisplayName"}),
    ],
    "push": [
        ({"Recurrence": ["RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"]}, {"/Recurrence"}),
        ({"Recurrence": ["RRULE:FREQ=SECONDLY"]}, {"/Recurrence"}),
        ({"Recurrence": ["RRULE:FREQ=DAILY;COUNT=0"]}, {"/Recurrence"}),
        ({"Recurrence": ["RRULE:FREQ=DAILY;COUNT=" + "9" * 5000]}, {"/Recurrence"}),
        ({"Recurrence": ["RRULE:FREQ=DAILY;UNTIL=99999999T999999Z"]}, {"/Recurrence"}),
        ({"Recurrence": ["EXDATE:20261201T100000Z"]}, {"/Recurrence"}),
        ({"Recurrence": ["RRULE:" + ";".join(["FREQ=DAILY"] * 500)]}, {"/Recurrence"}),
        ({"Recurrence": [""]}, {"/Recurrence"}),
        ({"Recurrence": ["\ud83d"]}, {"/Recurrence"}),
        ({"Start": "2026-12-01T10:00:00+99:99"}, {"/Start"}),
        ({"Start": "\u0662\u0660\u0662\u0666-12-01T10:00:00Z"}, {"/Start"}),
        ({"End": "9999-12-31T23:59:59-14:00"}, {"/End"}),
        ({"ReminderMinutes": 2**31}, {"/ReminderMinutes"}),
        ({"ModifiedUtc": "2026-11-23T17:00:00"}, {"/ModifiedUtc"}),
    ],
}  # fmt: skip


def nearly(name: str, route: Route) -> Iterator[Call]:
    """Yield the bodies that are one slip away from being right; a push's fields replace those of a right one."""
    for said, pointers in NEARLY[name]:
        body = {**route.body, **said} if name == "push" else said
        yield route.call(f"{json.dumps(said)[:70]}", json.dumps(body).encode(), frozenset(pointers))


ODD_FORMS: list[tuple[str, bytes]] = [
    ("application/x-www-form-urlencoded", b""),
    ("application/x-www-form-urlencoded", b"ticket=&sealed="),
    ("application/x-www-form-urlencoded", b"ticket=%ff%fe&sealed=%00"),
    ("application/x-www-form-urlencoded", b"ticket=" + b"A" * 60_000 + b"&sealed=" + b"A" * 60_000),
    ("application/x-www-form-urlencoded", b"ticket=a&ticket=b&sealed=a&sealed=b"),
    ("application/x-www-form-urlencoded; charset=utf-16", b"ticket=\xff&sealed=\xff"),
    ("multipart/form-data", b"x"),
    ("multipart/form-data; boundary=x", b"--x\r\nbroken"),
    ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="ticket"\r\n\r\na'),
    ("application/json", b'{"ticket": {}, "sealed": []}'),
    ("text/plain", b"ticket=a"),
]  # fmt: skip

ODD_QUERIES = [
    "", "ticket=", "ticket=%00", "ticket=%ED%A0%80", "ticket=" + "a." * 2000, "ticket=a&ticket=b", "ticket[]=a",
    "ticket=%3Cscript%3Ealert(1)%3C/script%3E", "ticket=gAAAAABm" + "A" * 100, "ticket=" + "%25" * 1000,
]  # fmt: skip

ODD_ANSWERS = [
    "", "code=&state=", "code=a&state=b", "code=%00&state=%ff", "state=%ED%A0%80&code=x",
    "code=" + "A" * 8000 + "&state=x",
    "error=access_denied", "error=%3Cscript%3E&error_description=%3Cimg%20src=x%20onerror=alert(1)%3E&state=x",
    "error=access_denied&error=server_error&state=a&state=b", "code=a&code=b&state=a&state=b",
    "admin_consent=True&tenant=x",
]  # fmt: skip


def odd_pages() -> Iterator[Call]:
    """Yield what browsers and Microsoft could bring to the pages: each is refused on a page of ours."""
    for kind, content in ODD_FORMS:
        yield Call(f"connect form {content[:30]!r}", "POST", "connect", "", content, {"Content-Type": kind}, 410)
        yield Call(f"confirm form {content[:30]!r}", "POST", "oauth/confirm", "", content, {"Content-Type": kind}, 403)
    for query in ODD_QUERIES:
        yield Call(f"connect page {query[:40]}", "GET", f"connect?{query}", "", status=410)
    for query in ODD_ANSWERS:
        yield Call(f"Microsoft's answer {query[:40]}", "GET", f"oauth/callback?{query}", "", status=403)
        cookie: dict[str, str | bytes] = {"Cookie": "salesexec_sign_in=" + "A" * 43}
        yield Call(f"and a session {query[:40]}", "GET", f"oauth/callback?{query}", "", None, cookie, 403)
