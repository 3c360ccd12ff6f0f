"""Requests to Graph in one rep's name: headers, access token, paging, and where they may go."""

import logging
import uuid
from collections.abc import Iterator
from datetime import datetime
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

import msgspec

from shared_code.adapters.graph.failures import failure, is_success, is_unauthorised, not_understood
from shared_code.adapters.graph.payloads import EVENTS, NotJson, decoded
from shared_code.adapters.http import Answer, Http
from shared_code.use_cases.errors import Refused, TryAgainLater
from shared_code.use_cases.ports import Clock

MOST_PAGES = 2000
_PREFER = 'IdType="ImmutableId", outlook.timezone="UTC", outlook.body-content-type="html"'
_DEFAULT_PORTS = {"http": 80, "https": 443}
_log = logging.getLogger(__name__)


class AccessToken(Protocol):
    """Supplies one rep's access token. May raise TryAgainLater or ReconnectNeeded."""

    def current(self) -> str:
        """Return a token that should be good."""
        ...

    def after(self, refused: str) -> str:
        """Return another token than the one that Graph refused."""
        ...


class GraphClient:
    """Sends one rep's requests to Graph; every answer that is no success is raised as what it means."""

    def __init__(
        self, http: Http, base_url: str, token: AccessToken, clock: Clock, *, until: datetime | None = None
    ) -> None:
        self._http = http
        self._base_url = base_url
        self._home = urlsplit(base_url)
        self._token = token
        self._clock = clock
        self._until = until

    def send(self, method: str, path: str, *, body: object | None = None, if_match: str | None = None) -> Answer:
        """Send a request for a path below Graph's address, and return the answer if it is a success."""
        return self._send(method, self._base_url + path, body=body, if_match=if_match)

    def pages(self, path: str) -> Iterator[list[msgspec.Raw]]:
        """Yield the items of a collection, a page at a time, each undecoded; every page of it or an error.

        Quirk: a next link carries no headers, a page may be empty and yet have one, and its text is opaque.
        Source: Microsoft docs, concepts/paging.
        """
        url = self._base_url + path
        seen: set[str] = set()
        while url not in seen and len(seen) < MOST_PAGES:
            seen.add(url)
            answer = self._send("GET", url)
            try:
                page = decoded(EVENTS, answer.content)
            except (NotJson, msgspec.ValidationError) as odd:
                raise not_understood(answer, "a page of events") from odd
            yield page.value
            if not page.next_link:
                return
            url = self._checked(page.next_link)
        message = "Graph's pages never end"
        raise Refused(message, code="EndlessPages")

    def _checked(self, link: str) -> str:
        """Return a link that Graph gave us, or raise.

        Safety: the request carries the rep's token, so it goes to Graph's own scheme, host and port or nowhere.
        """
        try:
            place = urlsplit(link)
            at_home = _origin(place) == _origin(self._home) and "@" not in place.netloc
        except ValueError:
            at_home = False
        if not at_home:
            message = "a next link leads away from Graph"
            raise Refused(message, code="ForeignLink")
        return link

    def _send(self, method: str, url: str, *, body: object | None = None, if_match: str | None = None) -> Answer:
        content = None if body is None else msgspec.json.encode(body)
        token = self._token.current()
        answer = self._exchange(method, url, token, content, if_match)
        if is_unauthorised(answer):
            # Refused before anything was done, so even a POST may be sent again with a new token, once.
            answer = self._exchange(method, url, self._token.after(token), content, if_match)
        if is_success(answer):
            return answer
        error = failure(answer, self._clock.now(), conditional=if_match is not None)
        if isinstance(error, TryAgainLater) and not error.throttled:
            # Source: Microsoft docs, concepts/best-practices-concept: after a 503, ask on a new connection.
            self._http.use_new_connections()
        raise error

    def _exchange(self, method: str, url: str, token: str, content: bytes | None, if_match: str | None) -> Answer:
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json",
            "Prefer": _PREFER,
            "client-request-id": str(uuid.uuid4()),
        }
        if content is not None:
            headers["Content-Type"] = "application/json"
        if if_match is not None:
            headers["If-Match"] = if_match
        answer = self._http.send(method, url, headers=headers, content=content, until=self._until)
        if not is_success(answer):
            _log.info(
                "Graph refused %s: status %d, request-id %s, client-request-id %s",
                method, answer.status, answer.headers.get("request-id", ""), headers["client-request-id"],
            )  # fmt: skip
        return answer


def _origin(place: SplitResult) -> tuple[str, str, int | None]:
    scheme = place.scheme.lower()
    return scheme, (place.hostname or "").lower(), place.port or _DEFAULT_PORTS.get(scheme)
