"""Addresses that lead somewhere else than they seem to."""

from __future__ import annotations

HOME = "crm.salesexec.example"

ADDRESSES: dict[str, str] = {
    "another host": "https://evil.example/leads/1",
    "not encrypted": f"http://{HOME}/leads/1",
    "the host as a user": f"https://{HOME}@evil.example/",
    "the host as user and password": f"https://{HOME}:443@evil.example/",
    "an empty user": f"https://@{HOME}/",
    "a user before the host": f"https://anna:secret@{HOME}/",
    "the host as a beginning": f"https://{HOME}.evil.example/",
    "the host as an end": f"https://evil{HOME}/",
    "a host below the host": f"https://x.{HOME}/",
    "a dot after the host": f"https://{HOME}./",
    "another port": f"https://{HOME}:444/",
    "a port of words": f"https://{HOME}:https/",
    "a port too high": f"https://{HOME}:99999/",
    "punycode": "https://xn--crm-salesexec-example-abc/",
    "a letter that only looks like it": "https://crm.s\u0430lesexec.example/",
    "full-width letters": "https://\uff43rm.salesexec.example/",
    "a full stop of another script": "https://crm.salesexec\u3002example/",
    "an encoded dot": "https://crm%2esalesexec.example/",
    "an encoded slash in the host": f"https://evil.example%2f.{HOME}/",
    "a null in the host": f"https://evil.example\0.{HOME}/",
    "backslashes": f"https:\\\\{HOME}\\leads",
    "a backslash before the host": f"https://evil.example\\@{HOME}/",
    "a slash too few": f"https:/{HOME}/leads/1",
    "no slashes": f"https:{HOME}/leads/1",
    "a slash too many": f"https:///{HOME}/leads/1",
    "no scheme": f"//{HOME}/leads/1",
    "a path only": "/leads/1",
    "script": "javascript:alert(1)",
    "script that looks like the host": f"javascript://{HOME}/%0aalert(1)",
    "script in mixed case": "JaVaScRiPt:alert(1)",
    "data": f"data:text/html,https://{HOME}/",
    "a file": f"file://{HOME}/etc/passwd",
    "a tab in the scheme": f"ht\ttps://{HOME}/",
    "a tab in the host": f"https://evil.example\t.{HOME}/",
    "white space before": f" https://{HOME}/",
    "a line break and a header": f"https://{HOME}/\r\nSet-Cookie: a=b",
    "a line break": f"https://{HOME}/\nx",
    "an unseen line break": f"https://{HOME}/\u2028x",
    "half a character": f"https://{HOME}/\ud83d",
    "letters that no header holds": f"https://{HOME}/caf\u00e9",
    "markup": f'https://{HOME}/"><script>alert(1)</script>',
    "the host in the query": f"https://evil.example?{HOME}",
    "the host in the fragment": f"https://evil.example#@{HOME}/",
    "brackets": f"https://[{HOME}]/",
    "an address by number": "https://2130706433/",
    "too long": f"https://{HOME}/" + "x" * 2048,
    "nothing": "",
}


def foreign_links(graph: str, foreign: str) -> dict[str, str]:
    """Return links that lead away from a Graph at one address; `foreign` is another server on this machine."""
    home, there = graph.removeprefix("http://").partition("/")[0], foreign.removeprefix("http://")
    port = home.rpartition(":")[2]
    return {
        "another port": f"http://{there}/v1.0/me/calendar/calendarView?$skiptoken=x",
        "Graph as a user": f"http://{home}@{there}/v1.0/me/events",
        "a user before Graph": f"http://anna@{home}/v1.0/me/events",
        "another scheme": f"https://{home}/v1.0/me/events",
        "another name of the same machine": f"http://localhost:{port}/v1.0/me/events",
        "no scheme": f"//{there}/v1.0/me/events",
        "a backslash": f"http://{home}\\@{there}/v1.0/me/events",
        "a tab": f"http://{home}\t@{there}/v1.0/me/events",
        "a path only": "/v1.0/me/events?$skiptoken=x",
        "another address of the same machine": f"http://127.1:{port}/v1.0/me/events",
        "capitals and another port": f"HTTP://{there}/v1.0/me/events",
        "a broken host": "http://[::1/v1.0",
        "a file": "file:///etc/passwd",
        "script": "javascript:alert(1)",
        "a dot after the host": f"http://127.0.0.1.:{port}/v1.0/me/events",
        "another port, full width": f"http://{there.replace('.', chr(0x3002))}/v1.0/me/events",
    }
