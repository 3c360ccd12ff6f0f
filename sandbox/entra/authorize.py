"""The sign-in page: what an app asks for, what a person answers, and how the answer travels back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sandbox.directory import User
from sandbox.entra.errors import EntraError
from sandbox.entra.pages import administrator_page, authorize_page, error_page, form_post_page
from sandbox.entra.store import OPENID_SCOPES, Registry, check_resource, short
from sandbox.entra.tokens import client_info
from sandbox.world import World

RESPONSE_MODES = ("query", "fragment", "form_post")
PROMPTS = ("", "login", "none", "consent", "select_account")
SESSION_COOKIE = "ESTSAUTH"


class BrowserError(Exception):
    """An error for the person's eyes: the app's address is not to be trusted, or it is none of the app's business."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An authorization request that is sound enough to be answered at its redirect address."""

    tenant: str
    redirect_uri: str
    scopes: tuple[str, ...]
    state: str
    nonce: str
    response_mode: str
    prompt: str
    login_hint: str
    challenge: str
    challenge_method: str


class SignIn:
    """The authorize endpoint."""

    def __init__(self, world: World, registry: Registry) -> None:
        self._world = world
        self._registry = registry

    async def show(self, request: Request) -> Response:
        """Show the page, or answer at once where no page is needed."""
        try:
            asked = self._asked(request.path_params["tenant"], request.query_params)
            problem = request_problem(asked, request.query_params.get("response_type", ""))
        except (BrowserError, EntraError) as error:
            return shown(request, error)
        if problem:
            return sent_back(asked, problem)
        return self._without_page(request, asked) or self._page(request, asked)

    def _page(self, request: Request, asked: Asked) -> Response:
        request.state.entry.summary = "showed the sign-in page"
        note = ""
        if asked.login_hint and not self._world.directory.user_by_upn(asked.login_hint):
            note = f"We couldn't find an account with the user name {asked.login_hint}."
        return authorize_page(self._world.directory.users(), map(short, asked.scopes), asked.login_hint, note)

    def _without_page(self, request: Request, asked: Asked) -> Response | None:
        """Answer from the browser's session, where there is one and the person agreed before."""
        user = None
        if self._world.switches["entra.single_sign_on"] == "on":
            user = self._registry.signed_in(request.cookies.get(SESSION_COOKIE, ""))
        if user and asked.login_hint and user.upn.lower() != asked.login_hint.lower():
            user = None
        agreed = user is not None and set(asked.scopes) <= self._registry.account(user).consented
        if asked.prompt == "none" and not (user and agreed):
            error, code = ("consent_required", 65001) if user else ("login_required", 50058)
            words = f"AADSTS{code}: A silent sign-in request was sent but the person has to act."
            return sent_back(asked, {"error": error, "error_description": words})
        if user is None or not agreed or asked.prompt in ("login", "consent", "select_account"):
            return None
        return self._agreed(request, asked, user)

    async def answer(self, request: Request) -> Response:
        """Take the person's choice: fields `account` (a UPN) and `decision` (accept or deny)."""
        form = await request.form()
        try:
            asked = self._asked(request.path_params["tenant"], request.query_params)
        except (BrowserError, EntraError) as error:
            return shown(request, error)
        if form.get("decision") != "accept":
            request.state.entry.summary = "the person declined"
            words = "AADSTS65004: User declined to consent to access the app."
            return sent_back(asked, {"error": "access_denied", "error_subcode": "cancel", "error_description": words})
        user = self._world.directory.user_by_upn(str(form.get("account", "")))
        if user is None:
            return authorize_page(
                self._world.directory.users(), map(short, asked.scopes), asked.login_hint, "Choose an account."
            )
        return self._agreed(request, asked, user)

    def _agreed(self, request: Request, asked: Asked, user: User) -> Response:
        request.state.entry.actor = user.upn
        try:
            self._registry.check_may_sign_in(user, asked.tenant)
        except EntraError as error:
            return shown(request, error)
        account = self._registry.account(user)
        if account.needs_administrator and not set(asked.scopes) - OPENID_SCOPES <= account.consented:
            request.state.entry.summary = "consent needs an administrator"
            return administrator_page(user)
        code = self._registry.issue_code(
            user,
            redirect_uri=asked.redirect_uri,
            scopes=asked.scopes,
            nonce=asked.nonce,
            challenge=asked.challenge,
            challenge_method=asked.challenge_method,
        )
        session = self._registry.sign_in(user)
        request.state.entry.summary = f"{user.display_name} agreed"
        answer = {"code": code, "session_state": self._world.ids.guid()}
        if request.query_params.get("client_info") == "1":
            answer["client_info"] = client_info(user)
        response = sent_back(asked, answer)
        response.set_cookie(SESSION_COOKIE, session, secure=True, httponly=True, samesite="none")
        return response

    def _asked(self, tenant: str, query: Mapping[str, str]) -> Asked:
        """Read a request; what is wrong before the redirect address is known to be right is the browser's to show."""
        self._registry.check_tenant(tenant)
        self._registry.check_client(query.get("client_id", ""))
        redirect_uri = query.get("redirect_uri", "")
        if not self._registry.accepts_redirect(redirect_uri):
            raise BrowserError(
                f"AADSTS50011: The redirect URI '{redirect_uri}' specified in the request does not match "
                "the redirect URIs configured for the application."
            )
        scopes = tuple(query.get("scope", "").split())
        check_resource(scopes)
        return Asked(
            tenant=tenant,
            redirect_uri=redirect_uri,
            scopes=scopes,
            state=query.get("state", ""),
            nonce=query.get("nonce", ""),
            response_mode=query.get("response_mode", "query"),
            prompt=query.get("prompt", ""),
            login_hint=query.get("login_hint", ""),
            challenge=query.get("code_challenge", ""),
            challenge_method=query.get("code_challenge_method", "plain"),
        )


def request_problem(asked: Asked, response_type: str) -> dict[str, str] | None:
    """Return the error with which an unsound request is sent back."""
    problems = [
        (
            response_type == "code",
            "unsupported_response_type",
            f"AADSTS700054: response_type '{response_type}' is not enabled.",
        ),
        (bool(asked.scopes), "invalid_request", "AADSTS900144: The request must contain the parameter: 'scope'."),
        (asked.prompt in PROMPTS, "invalid_request", f"AADSTS90023: Unsupported 'prompt' value '{asked.prompt}'."),
        (
            asked.response_mode in RESPONSE_MODES,
            "invalid_request",
            f"AADSTS70007: '{asked.response_mode}' is not a supported value of 'response_mode'.",
        ),
        (
            not asked.challenge or asked.challenge_method in ("S256", "plain"),
            "invalid_request",
            "AADSTS50149: Invalid Code_Challenge_method parameter.",
        ),
    ]
    wrong = next(((error, words) for sound, error, words in problems if not sound), None)
    return {"error": wrong[0], "error_description": wrong[1]} if wrong else None


def sent_back(asked: Asked, fields: Mapping[str, str]) -> Response:
    """Send an answer to the app, the way it asked for."""
    answer = {**fields, **({"state": asked.state} if asked.state else {})}
    if asked.response_mode == "form_post":
        return form_post_page(asked.redirect_uri, answer)
    if asked.response_mode == "fragment":
        return RedirectResponse(f"{asked.redirect_uri}#{urlencode(answer)}", status_code=302)
    mark = "&" if "?" in asked.redirect_uri else "?"
    return RedirectResponse(f"{asked.redirect_uri}{mark}{urlencode(answer)}", status_code=302)


def shown(request: Request, error: Exception) -> Response:
    """Show an error to the person."""
    request.state.entry.summary = f"refused: {error}"
    return error_page(str(error))
