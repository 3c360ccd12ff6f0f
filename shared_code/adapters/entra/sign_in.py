"""A rep's sign-in at Entra: the authorization-code flow with PKCE, and every check of what comes back."""

from __future__ import annotations

import hmac
import warnings
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from shared_code.adapters.entra.applications import SCOPES, EntraApplications
from shared_code.adapters.entra.failures import authorize_failure, redemption_failure
from shared_code.domain.connections import Mailbox
from shared_code.domain.identifiers import MailboxKey, parse_guid
from shared_code.use_cases.ports import Clock, SignedIn, SignInBegun, SignInRefused

PERSONAL_TENANT = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""The tenant of personal Microsoft accounts. Source: Microsoft docs, identity-platform/id-token-claims-reference."""

_CALENDAR_SCOPE = "calendars.readwrite"
_CLOCKS_MAY_DIFFER = timedelta(minutes=5)


class EntraSignIn:
    """Signs reps in. `allowed_tenants` empty: every tenant of work or school accounts may.

    A refusal's `kind` is one of: denied, admin_consent, wrong_tenant, personal_account, missing_scope, expired,
    foreign_answer, entra_error, misconfigured. Its `detail` holds codes, never a name or an address.
    """

    def __init__(
        self, applications: EntraApplications, clock: Clock, *, redirect_uri: str, allowed_tenants: frozenset[str]
    ) -> None:
        self._applications = applications
        self._clock = clock
        self._redirect_uri = redirect_uri
        self._allowed_tenants = allowed_tenants

    def begin(self, *, state: str, login_hint: str | None) -> SignInBegun:
        """Start a sign-in. What is returned to keep holds the PKCE verifier and the nonce: secret, for one use."""
        application = self._applications.open(self._applications.cache())
        with warnings.catch_warnings():
            # MSAL recommends form_post, whose cross-site POST would come without the SameSite=Lax session cookie that
            # binds the answer to the browser that asked. PKCE covers what form_post is recommended for.
            warnings.simplefilter("ignore", UserWarning)
            flow = application.initiate_auth_code_flow(
                list(SCOPES),
                redirect_uri=self._redirect_uri,
                state=state,
                prompt="select_account",
                login_hint=login_hint,
                response_mode="query",
            )
        return SignInBegun(authorize_url=str(flow.pop("auth_uri")), flow=dict(flow))

    def complete(self, flow: dict[str, object], answer: dict[str, str]) -> SignedIn:
        """Redeem the code and return who signed in, after every check; nothing is stored."""
        if not hmac.compare_digest(str(flow.get("state", "")).encode(), answer.get("state", "").encode()):
            raise SignInRefused("foreign_answer", "state")
        if "error" in answer:
            raise authorize_failure(answer)
        if not answer.get("code"):
            raise SignInRefused("foreign_answer", "code")
        cache = self._applications.cache()
        result = self._redeem(self._applications.open(cache), flow, answer)
        if "error" in result:
            raise redemption_failure(result)
        claims = self._checked_claims(result.get("id_token_claims"))
        self._check_grant(result)
        return SignedIn(
            mailbox=Mailbox(
                key=MailboxKey(f"{claims['oid']}.{claims['tid']}"),
                address=str(claims.get("preferred_username") or claims.get("email") or ""),
                home_account_id=_home_account_id(cache, result),
            ),
            display_name=str(claims.get("name") or claims.get("preferred_username") or ""),
            token_cache=cache.serialize(),
        )

    def _redeem(self, application: Any, flow: Mapping[str, object], answer: Mapping[str, str]) -> dict[str, Any]:
        # MSAL is untyped; it takes keys out of the flow that it is given, hence the copy.
        try:
            result: dict[str, Any] = application.acquire_token_by_auth_code_flow(dict(flow), dict(answer))
        except RuntimeError as odd:
            raise SignInRefused("foreign_answer", "nonce") from odd
        except (ValueError, KeyError, IndexError) as odd:
            raise SignInRefused("entra_error", "unreadable answer") from odd
        return result

    def _checked_claims(self, said: object) -> dict[str, Any]:
        """Return the id token's claims once they are for this app, from this authority, of an allowed tenant.

        Safety: MSAL only decodes the id token. Its signature is vouched for by the TLS connection that it came over,
        all else is checked here. Source: OpenID Connect Core 1.0, 3.1.3.7.
        """
        claims = said if isinstance(said, dict) else {}
        try:
            tenant, account = parse_guid(str(claims["tid"])), parse_guid(str(claims["oid"]))
            expires_at = float(claims["exp"])
        except (KeyError, ValueError, TypeError) as odd:
            raise SignInRefused("entra_error", "id token without tid, oid or exp") from odd
        if claims.get("aud") != self._applications.client_id:
            raise SignInRefused("foreign_answer", "aud")
        if claims.get("iss") not in self._applications.issuers(tenant):
            raise SignInRefused("foreign_answer", "iss")
        if expires_at < (self._clock.now() - _CLOCKS_MAY_DIFFER).timestamp():
            raise SignInRefused("expired", "id token")
        if tenant == PERSONAL_TENANT:
            raise SignInRefused("personal_account", "")
        if self._allowed_tenants and tenant not in self._allowed_tenants:
            raise SignInRefused("wrong_tenant", tenant)
        return {**claims, "tid": tenant, "oid": account}

    def _check_grant(self, result: Mapping[str, Any]) -> None:
        """Refuse a grant that does not let us write the calendar, or not beyond an hour."""
        granted = {scope.rpartition("/")[2].casefold() for scope in str(result.get("scope", "")).split()}
        if _CALENDAR_SCOPE not in granted:
            raise SignInRefused("missing_scope", "Calendars.ReadWrite")
        if not result.get("refresh_token"):
            raise SignInRefused("missing_scope", "offline_access")


def _home_account_id(cache: Any, result: Mapping[str, Any]) -> str:
    """Return the id under which MSAL keeps the account: of its home tenant, which for a guest is another one."""
    kind = cache.CredentialType.ACCOUNT
    ids = {str(account["home_account_id"]) for account in cache.search(kind) if account.get("home_account_id")}
    if len(ids) != 1:
        raise SignInRefused("entra_error", f"{len(ids)} accounts in {result.get('token_type', 'the')} answer")
    return ids.pop()
