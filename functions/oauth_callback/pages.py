"""The pages of connecting, as HTML that works without script, and the redirects between them."""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import azure.functions as func

from functions.requests_in import SESSION_COOKIE
from shared_code.settings import Settings
from shared_code.use_cases.connect_mailbox import SIGN_IN_LASTS, BegunSignIn, Connected, Link, ToConfirm

if TYPE_CHECKING:
    import jinja2

_STYLE = "".join(Path(__file__).with_name("templates").joinpath("style.css").read_text("utf-8").splitlines())


@cache
def _templates() -> "jinja2.Environment":
    # Imported here: the app is indexed, and pushes are answered, without it.
    import jinja2

    folder = Path(__file__).with_name("templates")
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True
    )


def page(template: str, *, status: int = 200, form_target: str = "'none'", **values: Any) -> func.HttpResponse:
    """Return a page; it may load nothing, be framed by nobody, and send its form only where it says."""
    html = _templates().get_template(template).render(style=_STYLE, **values)
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; form-action {form_target}; "
        "frame-ancestors 'none'; base-uri 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return func.HttpResponse(html, status_code=status, headers=headers, mimetype="text/html", charset="utf-8")


def form_page(link: Link, ticket: str) -> func.HttpResponse:
    """Return the page with the form that begins a connection.

    Quirk: Chromium applies `form-action` to the redirect after the form as well, so any https target is allowed.
    """
    return page(
        "connect.html", form_target="'self' https:", ticket=ticket, name=link.display_name, mailbox=link.mailbox
    )


def to_microsoft(begun: BegunSignIn, settings: Settings) -> func.HttpResponse:
    """Lead the browser on to Microsoft, in a session of its own."""
    secure = "; Secure" if settings.public_base_url.startswith("https:") else ""
    lasting = int(SIGN_IN_LASTS.total_seconds())
    cookie = f"{SESSION_COOKIE}={begun.session}; Path=/api/oauth; Max-Age={lasting}; HttpOnly; SameSite=Lax{secure}"
    return _redirect(begun.authorize_url, {"Set-Cookie": cookie})


def to_confirm_page(found: ToConfirm, trouble: str | None = None) -> func.HttpResponse:
    """Return the page that says which mailbox is about to be connected to whom, with the form that says yes."""
    return page(
        "confirm.html",
        status=503 if trouble else 200,
        form_target="'self' https:",
        mailbox=found.mailbox_address,
        account=found.account_name,
        name=found.display_name,
        user=found.user,
        sealed=found.sealed,
        trouble=trouble,
    )


def done_page(made: Connected, settings: Settings) -> func.HttpResponse:
    """Lead back to SalesExec where it said so, else say that it is done; the session is over either way."""
    over = f"{SESSION_COOKIE}=; Path=/api/oauth; Max-Age=0; HttpOnly; SameSite=Lax"
    host = urlsplit(made.return_url or "").hostname
    if made.return_url and host in settings.allowed_link_hosts:
        return _redirect(made.return_url, {"Set-Cookie": over})
    answer = page("done.html", mailbox=made.mailbox_address)
    answer.headers["Set-Cookie"] = over
    return answer


def _redirect(url: str, headers: dict[str, str]) -> func.HttpResponse:
    common = {"Location": url, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    return func.HttpResponse(status_code=303, headers={**common, **headers})
