"""Requests to Graph in one rep's name: headers, access token, paging, batches, and where they may go."""

import logging
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

import msgspec

from shared_code.adapters.graph.batch import MOST_PARTS, Part, batch_body, part_answers
from shared_code.adapters.graph.failures import failure, is_success, is_unauthorised, not_understood
from shared_code.adapters.graph.gates import LONGEST_WAIT, Gates, MailboxGate
from shared_code.adapters.graph.wire.payloads import PAGE, NotJson, Page, decoded
from shared_code.adapters.http import Answer, Http
from shared_code.domain.identifiers import MailboxKey
from shared_code.use_cases.errors import Refused, SyncError, TryAgainLater
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """What is to be sent, but for the token. `weight`: how many requests of the mailbox Graph makes of it."""

    method: str
    url: str
    content: bytes | None = None
    if_match: str | None = None
    prefer: str = _PREFER
    weight: int = 1
    only_reads: bool = False


class GraphClient:
    """Sends one rep's requests to Graph; every answer that is no success is raised as what it means.

    `gate` is her mailbox's, shared by all clients of the process; a client without one has its own.
    """

    def __init__(
        self,
        http: Http,
        base_url: str,
        token: AccessToken,
        clock: Clock,
        *,
        gate: MailboxGate | None = None,
        until: datetime | None = None,
    ) -> None:
        self._http = http
        self._base_url = base_url
        self._home = urlsplit(base_url)
        self._token = token
        self._clock = clock
        self._gate = gate or Gates().of(MailboxKey(""))
        self._until = until

    def send(self, method: str, path: str, *, body: object | None = None, if_match: str | None = None) -> Answer:
        """Send a request for a path below Graph's address, and return the answer if it is a success."""
        content = None if body is None else msgspec.json.encode(body)
        return self._send(_Request(method=method, url=self._base_url + path, content=content, if_match=if_match))

    def pages(self, path: str) -> Iterator[list[msgspec.Raw]]:
        """Yield the items of a collection, a page at a time, each undecoded; every page of it or an error."""
        for page in self.walk(self._base_url + path):
            yield page.value

    def begin_walk(self, path: str, *, prefer: str = "") -> Iterator[Page]:
        """Yield every page of what begins at a path below Graph's address."""
        return self.walk(self._base_url + path, prefer=prefer)

    def walk(self, url: str, *, prefer: str = "") -> Iterator[Page]:
        """Yield every page from one on; `prefer` is said beside what is always preferred. The pages end, or it raises.

        Quirk: a next link carries no headers, a page may be empty and yet have one, and its text is opaque.
        Source: Microsoft docs, concepts/paging.
        """
        preferences = f"{_PREFER}, {prefer}" if prefer else _PREFER
        seen: set[str] = set()
        while url not in seen and len(seen) < MOST_PAGES:
            seen.add(url)
            answer = self._send(_Request(method="GET", url=self.checked(url), prefer=preferences))
            try:
                page = decoded(PAGE, answer.content)
            except (NotJson, msgspec.ValidationError) as odd:
                raise not_understood(answer, "a page") from odd
            yield page
            if not page.next_link:
                return
            url = page.next_link
        message = "Graph's pages never end"
        raise Refused(message, code="EndlessPages")

    def checked(self, link: str) -> str:
        """Return a link that Graph gave us, or raise Refused.

        Safety: the request carries the rep's token, so it goes to Graph's own scheme, host and port or nowhere.
        """
        if not self.is_at_home(link):
            message = "a link leads away from Graph"
            raise Refused(message, code="ForeignLink")
        return link

    def is_at_home(self, link: str) -> bool:
        """Tell whether a link leads to this very Graph, and can be sent as it stands."""
        try:
            place = urlsplit(link)
            at_home = _origin(place) == _origin(self._home) and "@" not in place.netloc
        except ValueError:
            return False
        return at_home and link.isascii() and not any(character.isspace() for character in link)

    def batch(self, parts: Sequence[Part]) -> list[Answer | SyncError]:
        """Send at most MOST_PARTS requests in one; return each one's answer, or what its refusal means.

        What befalls the batch as a whole is raised. Parts whose access token was refused are sent once more.
        """
        if len(parts) > MOST_PARTS:
            message = f"a batch has {MOST_PARTS} parts at the most"
            raise ValueError(message)
        return self._batched(parts, may_renew=True) if parts else []

    def _batched(self, parts: Sequence[Part], *, may_renew: bool) -> list[Answer | SyncError]:
        body = msgspec.json.encode(batch_body(parts, _PREFER))
        only_reads = all(part.method == "GET" for part in parts)
        request = _Request(
            method="POST", url=f"{self._base_url}/$batch", content=body, weight=len(parts), only_reads=only_reads
        )
        whole, token = self._authorised(request)
        self._raise_for(whole)
        try:
            answers = part_answers(whole, len(parts))
        except (NotJson, msgspec.ValidationError) as odd:
            raise not_understood(whole, "the answer to a batch") from odd
        outcomes = [self._outcome(part, answer, whole) for part, answer in zip(parts, answers, strict=True)]
        refused = [number for number, answer in enumerate(answers) if answer is not None and is_unauthorised(answer)]
        if refused and may_renew:
            for number, outcome in zip(refused, self._once_more([parts[n] for n in refused], token), strict=True):
                outcomes[number] = outcome
        return outcomes

    def _once_more(self, parts: Sequence[Part], token: str) -> list[Answer | SyncError]:
        """Send parts again with a new token; what goes wrong is theirs, for the other parts have their answers."""
        try:
            self._token.after(token)
            return self._batched(parts, may_renew=False)
        except SyncError as error:
            return [error] * len(parts)

    def _outcome(self, part: Part, answer: Answer | None, whole: Answer) -> Answer | SyncError:
        if answer is None:
            return not_understood(whole, "complete: a part of the batch has no answer")
        if is_success(answer):
            return answer
        _log_refusal(f"{part.method} in a batch", answer)
        return failure(answer, self._clock.now(), conditional=part.if_match is not None)

    def _send(self, request: _Request) -> Answer:
        answer, _ = self._authorised(request)
        self._raise_for(answer, conditional=request.if_match is not None)
        return answer

    def _raise_for(self, answer: Answer, *, conditional: bool = False) -> None:
        if is_success(answer):
            return
        error = failure(answer, self._clock.now(), conditional=conditional)
        if isinstance(error, TryAgainLater) and not error.throttled:
            # Source: Microsoft docs, concepts/best-practices-concept: after a 503, ask on a new connection.
            self._http.use_new_connections()
        raise error

    def _authorised(self, request: _Request) -> tuple[Answer, str]:
        """Return the answer, and the token it was given for: another one than the first if that was refused."""
        token = self._token.current()
        answer = self._exchange(request, token)
        if is_unauthorised(answer):
            # Refused before anything was done, so even a POST may be sent again with a new token, once.
            token = self._token.after(token)
            answer = self._exchange(request, token)
        return answer, token

    def _exchange(self, request: _Request, token: str) -> Answer:
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "application/json",
            "Prefer": request.prefer,
            "client-request-id": str(uuid.uuid4()),
        }
        if request.content is not None:
            headers["Content-Type"] = "application/json"
        if request.if_match is not None:
            headers["If-Match"] = request.if_match
        wait = LONGEST_WAIT if self._until is None else self._until - self._clock.now()
        with self._gate.hold(request.weight, wait):
            answer = self._http.send(
                request.method, request.url, headers=headers, content=request.content, until=self._until,
                only_reads=request.only_reads,
            )  # fmt: skip
        if not is_success(answer):
            _log_refusal(request.method, answer, headers["client-request-id"])
        return answer


def _log_refusal(what: str, answer: Answer, client_request_id: str = "") -> None:
    _log.info(
        "Graph refused %s: status %d, request-id %s, client-request-id %s",
        what, answer.status, answer.headers.get("request-id", ""), client_request_id,
    )  # fmt: skip


def _origin(place: SplitResult) -> tuple[str, str, int | None]:
    scheme = place.scheme.lower()
    return scheme, (place.hostname or "").lower(), place.port or _DEFAULT_PORTS.get(scheme)
