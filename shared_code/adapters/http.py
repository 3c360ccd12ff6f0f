"""HTTP to the outside systems: one pooled session, a time-out on everything, no redirects, no hidden retries."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.exceptions import ChunkedEncodingError, ConnectTimeout, RequestException
from requests.structures import CaseInsensitiveDict

from shared_code.use_cases.errors import Refused, TryAgainLater
from shared_code.use_cases.ports import Clock

CONNECTIONS_PER_HOST = 32
LARGEST_ANSWER = 64 * 1024 * 1024
_CONNECT_SECONDS = 5.0
_SILENCE_SECONDS = 20.0
_TOTAL_SECONDS = 45.0
_LEAST_SECONDS = 0.05
_CHUNK = 64 * 1024
_WAIT_AFTER_FAILURE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, read to its end."""

    status: int
    headers: Mapping[str, str]
    content: bytes


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


class Http:
    """Sends requests to one outside system and reads the answers; thread-safe.

    Whatever keeps an answer from arriving (no connection, silence, a dropped line, the deadline) is TryAgainLater.
    Proxies and trusted certificates are the environment's (`HTTPS_PROXY`, `REQUESTS_CA_BUNDLE`).
    """

    def __init__(self, system: str, clock: Clock, *, connections: int = CONNECTIONS_PER_HOST) -> None:
        self._system = system
        self._clock = clock
        self._session = requests.Session()
        # Safety: without an auth of its own, requests would put a password from ~/.netrc in place of our header.
        self._session.auth = _no_auth
        # Safety: reps share this session; a cookie set for one must not be sent for another.
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        transport = HTTPAdapter(pool_connections=4, pool_maxsize=connections, max_retries=0)
        self._session.mount("https://", transport)
        self._session.mount("http://", transport)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes | None = None,
        until: datetime | None = None,
        only_reads: bool = False,
    ) -> Answer:
        """Send a request and return the answer, whatever its status; nothing is sent once `until` has passed.

        A GET whose connection was dropped is sent once more at once: a pooled connection that the other side had
        closed meanwhile looks just like that. So is another request that `only_reads`; nothing else is ever repeated.
        """
        ends_at = time.monotonic() + self._seconds_left(until)
        request = self._prepared(method, url, headers, content)
        try:
            return self._exchange(request, ends_at)
        except (requests.ConnectionError, ChunkedEncodingError) as dropped:
            if not (method == "GET" or only_reads) or isinstance(dropped, ConnectTimeout) or _remaining(ends_at) < 1:
                raise self._no_answer(dropped) from dropped
        except RequestException as failure:
            raise self._no_answer(failure) from failure
        try:
            return self._exchange(request, ends_at)
        except RequestException as failure:
            raise self._no_answer(failure) from failure

    def use_new_connections(self) -> None:
        """Forget the idle connections, so that the next request makes a new one."""
        self._session.close()

    def _seconds_left(self, until: datetime | None) -> float:
        if until is None:
            return _TOTAL_SECONDS
        left = (until - self._clock.now()).total_seconds()
        if left < _LEAST_SECONDS:
            message = f"{self._system}: no time left to ask"
            raise TryAgainLater(message, retry_after=timedelta(seconds=1), code="NoTimeLeft")
        return min(left, _TOTAL_SECONDS)

    def _prepared(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None
    ) -> requests.PreparedRequest:
        if not url.isascii() or any(character.isspace() for character in url) or not urlsplit(url).hostname:
            message = f"{self._system}: not an address that can be asked"
            raise Refused(message, code="BadAddress")
        request = self._session.prepare_request(requests.Request(method, url, headers=dict(headers), data=content))
        request.url = url  # a next link is opaque: to be sent as it came, while requests would tidy it
        return request

    def _exchange(self, request: requests.PreparedRequest, ends_at: float) -> Answer:
        left = max(_remaining(ends_at), _LEAST_SECONDS)
        environment = self._session.merge_environment_settings(request.url or "", {}, True, None, None)
        with self._session.send(
            request,
            timeout=(min(_CONNECT_SECONDS, left), min(_SILENCE_SECONDS, left)),
            allow_redirects=False,
            **environment,
        ) as response:
            content = b"".join(self._chunks(response, ends_at))
            return Answer(response.status_code, CaseInsensitiveDict(response.headers), content)

    def _chunks(self, response: requests.Response, ends_at: float) -> Iterator[bytes]:
        size = 0
        for chunk in response.iter_content(_CHUNK):
            size += len(chunk)
            if size > LARGEST_ANSWER:
                message = f"{self._system}: the answer is larger than {LARGEST_ANSWER} bytes"
                raise Refused(message, code="AnswerTooLarge")
            yield chunk
            if _remaining(ends_at) <= 0:
                message = f"{self._system}: the answer took too long"
                raise TryAgainLater(message, retry_after=_WAIT_AFTER_FAILURE, code="TooSlow")

    def _no_answer(self, failure: RequestException) -> TryAgainLater:
        # The failure's own words hold the address asked, and with it ids and page tokens: its kind is enough.
        kind = type(failure).__name__
        return TryAgainLater(f"{self._system}: no answer ({kind})", retry_after=_WAIT_AFTER_FAILURE, code=kind)


def _remaining(ends_at: float) -> float:
    return ends_at - time.monotonic()
