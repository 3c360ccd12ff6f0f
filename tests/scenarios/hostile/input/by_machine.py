"""Bad bodies made by machine: every field with every value that it cannot have, and every way to break the JSON."""

from __future__ import annotations

import codecs
import gzip
import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.scenarios.hostile.input.calls import BODY, HOLE, Call, Route, with_raw

VALUES: dict[str, str] = {
    "null": "null",
    "empty": '""',
    "blank": '" \\t "',
    "word": '"nonsense"',
    "digits": '"12"',
    "number": "7",
    "negative": "-1",
    "fraction": "1.5",
    "40 digits": "1" + "0" * 39,
    "5000 digits": "1" * 5000,
    "1e400": "1e400",
    "NaN": "NaN",
    "-Infinity": "-Infinity",
    "true": "true",
    "list": "[]",
    "list of null": "[null]",
    "150 lists": "[" * 150 + "]" * 150,
    "object": "{}",
    "objects": '{"Value": {"Value": null}}',
    "half a character": '"\\ud83d"',
    "null character": '"a\\u0000b"',
    "escape": '"a\\u001bb"',
    "30 February": '"2026-02-30T10:00:00Z"',
    "Mars": '"Mars/Olympus"',
    "markup": '"<script>alert(1)</script>"',
    "70,000 characters": '"' + "x" * 70_000 + '"',
}
"""Names, and raw JSON or what only looks like it."""

NO_JSON = {"5000 digits", "NaN", "-Infinity"}
PLAIN = {"word", "digits", "30 February", "Mars", "markup"}
"""Texts of one line, which a field of free text takes."""

TAKEN: dict[str, set[str]] = {
    "LeadGuid": {"null"},
    "LeadUrl": {"null"},
    "Subject": PLAIN,
    "Body": PLAIN | {"null", "empty", "blank"},
    "BodyType": {"null"},
    "IsAllDay": {"null"},
    "Recurrence": {"null", "list"},
    "Location": PLAIN | {"null", "empty"},
    "ShowAs": {"null"},
    "IsPrivate": {"null", "true"},
    "ReminderMinutes": {"null", "number"},
    "Status": {"null"},
    "ReturnUrl": {"null"},
    "Mailbox": PLAIN | {"null"},
    "DisplayName": PLAIN | {"null"},
    "Enabled": {"true"},
    "Preferences": {"object"},
    "OnlyCategories": {"list"},
    "ImportAllDay": {"true"},
    "ImportFree": {"true"},
    "LeadLink": {"true"},
    "WindowPastDays": {"number"},
    "WindowFutureDays": {"number"},
    "DryRun": {"true"},
}
"""Values that are right for a field, and so are not tried; a preference's TimeZone also takes null."""

ELSEWHERE = {
    # What a value means for the rest: the times of an all-day appointment are wrong, not the field itself.
    ("IsAllDay", "true"): frozenset({"/Start", "/End"}),
    ("AllUsers", "true"): frozenset({"/UserGuid", "/Confirm"}),
    ("Preferences", "objects"): frozenset({"/Preferences/Value"}),
}


def bad_fields(route: Route, *, below: str = "") -> Iterator[Call]:
    """Yield the route's body with one value after the other in each of its fields, or of those below one of them."""
    fields: Mapping[str, Any] = route.body[below] if below else route.body
    for name in fields:
        taken = TAKEN.get(name, set()) | ({"null"} if below and name == "TimeZone" else set())
        for what, raw in VALUES.items():
            if what in taken:
                continue
            holed = {**fields, name: HOLE}
            pointer = f"/{below}/{name}" if below else f"/{name}"
            points_at = BODY if what in NO_JSON else ELSEWHERE.get((name, what), frozenset({pointer}))
            content = with_raw({**route.body, below: holed} if below else holed, raw)
            yield route.call(f"{name} {what}", content, points_at)


def missing_fields(route: Route, *names: str) -> Iterator[Call]:
    """Yield the route's body without each of the fields that it must have."""
    for name in names:
        rest = {key: value for key, value in route.body.items() if key != name}
        yield route.call(f"no {name}", json.dumps(rest).encode(), frozenset({f"/{name}"}))


def doubled_fields(route: Route, *names: str) -> Iterator[Call]:
    """Yield the route's body with a field said twice, right and then wrong: the last one counts."""
    for name in names:
        content = json.dumps(route.body)[:-1] + f', "{name}": [7]}}'
        yield route.call(f"{name} twice", content.encode(), frozenset({f"/{name}"}))


def broken_json(route: Route, cuts: int = 15) -> Iterator[Call]:
    """Yield the route's body cut short, in other encodings, in other languages, and no object at all."""
    whole = json.dumps(route.body).encode()
    for number in range(1, cuts + 1):
        end = max(1, len(whole) * number // (cuts + 1))
        yield route.call(f"cut after {end} of {len(whole)} bytes", whole[:end], BODY)
    for what, content in _other_bytes(whole).items():
        yield route.call(what, content, BODY)
    for what, (kind, content) in _other_languages().items():
        yield route.call(what, content, BODY, headers={"Content-Type": kind})
    yield route.call("compressed", gzip.compress(whole), BODY, headers={"Content-Encoding": "gzip"})


def _other_bytes(whole: bytes) -> dict[str, bytes]:
    text = whole.decode()
    return {
        "empty": b"",
        "white space": b" \r\n\t ",
        "a zero byte": b"\x00",
        "UTF-16 with its mark": text.encode("utf-16"),
        "UTF-16 without": text.encode("utf-16-le"),
        "UTF-32": text.encode("utf-32"),
        "UTF-8 with two marks": codecs.BOM_UTF8 * 2 + whole,
        "a Latin letter": whole[:-1] + b', "X": "\xe4"}',
        "a surrogate as UTF-8": whole[:-1] + b', "X": "\xed\xa0\xbd"}',
        "an overlong slash": whole[:-1] + b', "X": "\xc0\xaf"}',
        "a raw line break in a text": whole[:-1] + b', "X": "a\nb"}',
        "a comma too many": whole[:-1] + b",}",
        "single quotes": text.replace('"', "'").encode(),
        "a comment": b"// what\n" + whole,
        "two objects": whole + whole,
        "a list": b"[" + whole + b"]",
        "a text": json.dumps(text).encode(),
        "null": b"null",
        "true": b"true",
        "a number": b"-0",
        "NaN beside": whole[:-1] + b', "X": NaN}',
        "100,000 brackets": b"[" * 100_000,
        "nested 20,000 deep": b'{"X":' * 20_000 + b"1" + b"}" * 20_000,
    }


def _other_languages() -> dict[str, tuple[str, bytes]]:
    return {
        "a form": ("application/x-www-form-urlencoded", b"Subject=Call&Start=now"),
        "XML": ("application/xml", b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>'),
        "several parts": ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="x"\r\n'),
        "YAML": ("application/yaml", b"Subject: !!python/object/apply:os.system ['true']"),
        "a pickle": ("application/octet-stream", b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00}\x94."),
    }  # fmt: skip
