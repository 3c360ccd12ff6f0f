"""Entra's pages, as plain HTML forms that work without script."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape

from starlette.responses import HTMLResponse

from sandbox.directory import User

STYLE = (
    "body{font:16px/1.5 'Segoe UI',sans-serif;background:#f2f2f2;margin:0}"
    "main{max-width:27rem;margin:8vh auto;background:#fff;padding:2.5rem;box-shadow:0 2px 6px #0003}"
    "label{display:block;padding:.4rem 0}button{font:inherit;padding:.4rem 1.6rem;margin:.8rem .6rem 0 0}"
    "small{color:#605e5c}.sandbox{color:#a4262c;font-weight:600}"
)
MEANINGS = {
    "Calendars.ReadWrite": "Have full access to your calendars",
    "Calendars.Read": "Read your calendars",
    "User.Read": "Sign you in and read your profile",
    "offline_access": "Maintain access to data you have given it access to",
    "openid": "Sign you in",
    "profile": "View your basic profile",
    "email": "View your email address",
}


def page(title: str, body: str, status: int = 200) -> HTMLResponse:
    """Return a whole page, never cached, never framed."""
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>"
        '<small class="sandbox">Sandbox: this is not Microsoft</small>'
        f"<h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    headers = {
        "Cache-Control": "no-store",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "strict-origin-when-cross-origin",
    }
    return HTMLResponse(text, status_code=status, headers=headers)


def authorize_page(users: Iterable[User], scopes: Iterable[str], login_hint: str, note: str = "") -> HTMLResponse:
    """Ask which account it is and whether the app may have what it asks for; the form goes back to the same address."""
    choices = "".join(
        f'<label><input type="radio" name="account" value="{escape(user.upn)}" required'
        f"{' checked' if user.upn.lower() == login_hint.lower() else ''}> {escape(user.display_name)} "
        f"<small>{escape(user.upn)}</small></label>"
        for user in users
    )
    asked = "".join(f"<li>{escape(MEANINGS.get(scope, scope))}</li>" for scope in scopes)
    body = (
        (f'<p role="alert">{escape(note)}</p>' if note else "")
        + f'<form method="post"><fieldset><legend>Account</legend>{choices or "There are no accounts yet."}</fieldset>'
        f"<p>SalesExec calendar sync wants to:</p><ul>{asked}</ul>"
        '<button name="decision" value="accept">Accept</button>'
        '<button name="decision" value="deny" formnovalidate>Cancel</button></form>'
    )
    return page("Permissions requested", body)


def administrator_page(user: User) -> HTMLResponse:
    """Say that only an administrator can agree, and offer the way back."""
    body = (
        f"<p>{escape(user.upn)}: SalesExec calendar sync needs permission to access resources in your organization "
        "that only an admin can grant. Please ask an admin to grant permission to this app before you can use it. "
        '(AADSTS90094)</p><form method="post">'
        f'<input type="hidden" name="account" value="{escape(user.upn)}">'
        '<button name="decision" value="deny">Return to the application without granting consent</button></form>'
    )
    return page("Need admin approval", body)


def error_page(words: str) -> HTMLResponse:
    """Show an error that must not travel to the app: nobody knows whether its address can be trusted."""
    return page("Sorry, but we’re having trouble signing you in.", f"<p>{escape(words)}</p>", status=400)


def form_post_page(address: str, fields: Mapping[str, str]) -> HTMLResponse:
    """Send the answer to the app as a form post; without script, with a button."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in fields.items()
    )
    body = (
        f'<form method="post" action="{escape(address)}" name="hiddenform">{hidden}'
        "<noscript><p>Script is disabled. Click Continue to go on.</p></noscript><button>Continue</button></form>"
        "<script>document.forms[0].submit()</script>"
    )
    return page("Working...", body)
