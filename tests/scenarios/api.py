"""The app's HTTP API, called as SalesExec calls it."""

from __future__ import annotations

from typing import Any

import requests

from sandbox.stack import Stack

PATIENCE_SECONDS = 60


class Api:
    """Calls with each function's own key; safe in many threads, since every call has a connection of its own."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack

    def call(self, method: str, path: str, function: str, **how: Any) -> requests.Response:
        """Call a path below /api with the key of a function, or with none for an empty name."""
        headers = dict(how.pop("headers", {}))
        if function:
            headers.setdefault("x-functions-key", self._stack.keys[function])
        with requests.Session() as session:
            session.trust_env = False
            url = f"{self._stack.host_url}/api/{path}"
            return session.request(method, url, headers=headers, timeout=PATIENCE_SECONDS, allow_redirects=False, **how)

    def put(self, guid: str, body: object) -> requests.Response:
        """Push an appointment."""
        return self.call("PUT", f"appointments/{guid}", "push_appointment", json=body)

    def delete(self, guid: str, modified_utc: str) -> requests.Response:
        """Take an appointment back."""
        query = {"modifiedUtc": modified_utc}
        return self.call("DELETE", f"appointments/{guid}", "delete_appointment", params=query)

    def receipt(self, guid: str) -> dict[str, Any]:
        """Return an appointment's receipt."""
        return answered(self.call("GET", f"appointments/{guid}/receipt", "get_receipt"))

    def link(self, user: str, **wanted: Any) -> str:
        """Return the address of a one-time page."""
        body = {"Page": "connect", **wanted}
        return str(answered(self.call("POST", f"users/{user}/link", "create_link", json=body))["Url"])

    def connection(self, user: str) -> dict[str, Any]:
        """Return a rep's connection."""
        return answered(self.call("GET", f"users/{user}/connection", "get_connection"))

    def change(self, user: str, body: object) -> requests.Response:
        """Change a rep's connection."""
        return self.call("PATCH", f"users/{user}/connection", "update_connection", json=body)

    def prefer(self, user: str, **preferences: Any) -> dict[str, Any]:
        """Set preferences of a rep."""
        return answered(self.change(user, {"Preferences": preferences}))

    def disconnect(self, user: str) -> requests.Response:
        """End a rep's connection."""
        return self.call("DELETE", f"users/{user}/connection", "delete_connection")

    def sync(self, user: str) -> requests.Response:
        """Ask for a poll of a rep's calendar."""
        return self.call("POST", f"users/{user}/sync", "sync_now")


def answered(response: requests.Response) -> dict[str, Any]:
    """Return the JSON object of an answer that is a success."""
    assert response.ok, f"{response.status_code} {response.text}"
    found: dict[str, Any] = response.json()
    return found


def outcome(response: requests.Response) -> tuple[int, str, str | None]:
    """Return status, outcome and reason of an answer to a push."""
    body = response.json()
    return response.status_code, body.get("Outcome", body.get("detail")), body.get("Reason")
