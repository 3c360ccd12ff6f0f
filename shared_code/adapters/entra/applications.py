"""MSAL's client applications, one for each use, all over one session and one discovery document.

An application costs 0.14 ms once the discovery document is remembered, and a new one has a new cache of failures:
MSAL repeats a refusal from memory for 60 s, which after a reconnect would be the answer to yesterday's question.
It also holds a token cache of its own, so threads that serve different reps cannot share one.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from shared_code.adapters.entra.failures import check_answer, is_success, misconfigured
from shared_code.adapters.http import Answer, Http
from shared_code.use_cases.ports import Clock

if TYPE_CHECKING:
    import msal

SCOPES = ("Calendars.ReadWrite", "User.Read")
"""Delegated permissions of Graph; MSAL adds openid, profile and offline_access, and refuses to be given them."""

_DISCOVERY_LASTS = timedelta(days=1)
_DISCOVERY = "/.well-known/openid-configuration"


class EntraApplications:
    """Makes applications that speak to one authority with the app's own credentials."""

    def __init__(self, http: Http, clock: Clock, *, authority: str, client_id: str, client_secret: str) -> None:
        self._http = http
        self._clock = clock
        self._authority = authority
        self.client_id = client_id
        self._client_secret = client_secret
        self._discovered: dict[str, tuple[datetime, Answer]] = {}
        self._discovering = threading.Lock()

    @staticmethod
    def cache(serialised: str | None = None) -> msal.SerializableTokenCache:
        """Return a token cache, empty or as it was serialised; ValueError when that is no token cache."""
        import msal  # as below

        if serialised is not None and not isinstance(json.loads(serialised), dict):
            message = "not a token cache"
            raise ValueError(message)
        cache = msal.SerializableTokenCache()
        cache.deserialize(serialised)
        return cache

    def open(
        self, cache: msal.SerializableTokenCache, *, until: datetime | None = None
    ) -> msal.ConfidentialClientApplication:
        """Return an application on this token cache; its requests give up (TryAgainLater) when `until` has passed."""
        import msal  # here, because it takes 150 ms that a trigger without Entra need not spend

        try:
            return msal.ConfidentialClientApplication(
                self.client_id,
                client_credential=self._client_secret,
                authority=self._authority,
                token_cache=cache,
                http_client=_MsalHttp(self, until),
                # Otherwise an authority that Microsoft does not know is looked up at login.microsoftonline.com.
                instance_discovery=False,
            )
        except ValueError as refused:
            # MSAL's words for a discovery document that Entra refuses: no such tenant, or a wrong address.
            raise misconfigured("no discovery document") from refused

    def issuers(self, tenant: str) -> frozenset[str]:
        """Return the issuers that an id token of the tenant may have.

        The discovery document of `organizations` has {tenantid} in place of the tenant.
        Source: Microsoft docs, identity-platform/access-tokens, "Validate the issuer".
        """
        home = urlsplit(self._authority)
        document = json.loads(self.discover(f"{self._authority}/v2.0{_DISCOVERY}", {}, None).content)
        template = str(document.get("issuer", ""))
        return frozenset({f"https://{home.netloc}/{tenant}/v2.0", template.replace("{tenantid}", tenant)})

    def discover(self, url: str, headers: Mapping[str, str], until: datetime | None) -> Answer:
        """Return a discovery document, asked for once a day."""
        with self._discovering:
            at, answer = self._discovered.get(url, (None, None))
            now = self._clock.now()
            if at is None or answer is None or now - at > _DISCOVERY_LASTS or now < at:
                answer = self._http.send("GET", url, headers=headers, until=until)
                check_answer(answer, now)
                if is_success(answer):
                    self._discovered[url] = (now, answer)
            return answer

    def exchange(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, until: datetime | None
    ) -> Answer:
        """Send a request of MSAL's and return an answer that MSAL can read."""
        answer = self._http.send(method, url, headers=headers, content=content, until=until)
        check_answer(answer, self._clock.now())
        return answer


class _MsalResponse:
    """An answer in the shape that MSAL wants of an HTTP client."""

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self.text = answer.content.decode(errors="replace")
        self.headers = dict(answer.headers)

    def raise_for_status(self) -> None:
        """Do nothing: what is worth raising was raised when the answer came."""


class _MsalHttp:
    """The HTTP client that MSAL is given."""

    def __init__(self, applications: EntraApplications, until: datetime | None) -> None:
        self._applications = applications
        self._until = until

    def get(
        self, url: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None, **_: Any
    ) -> _MsalResponse:
        """Answer a GET."""
        whole = f"{url}?{urlencode(params)}" if params else url
        if url.endswith(_DISCOVERY):
            return _MsalResponse(self._applications.discover(whole, headers or {}, self._until))
        return _MsalResponse(self._applications.exchange("GET", whole, headers or {}, None, self._until))

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        **_: Any,
    ) -> _MsalResponse:
        """Answer a POST of a form."""
        whole = f"{url}?{urlencode(params)}" if params else url
        form = {**(headers or {}), "Content-Type": "application/x-www-form-urlencoded"}
        content = urlencode(data or {}).encode()
        return _MsalResponse(self._applications.exchange("POST", whole, form, content, self._until))

    def close(self) -> None:
        """Leave the session open: it is everybody's."""
