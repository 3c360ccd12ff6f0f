"""Everything that can go wrong while connecting, each on a page in plain words with a way on."""

import functools
from collections.abc import Callable

import azure.functions as func

from functions.oauth_callback.pages import page, to_confirm_page
from shared_code.settings import SettingsError
from shared_code.telemetry import current_run
from shared_code.use_cases.connect_mailbox import LinkUsed, VaultUnavailable
from shared_code.use_cases.errors import Refused, TryAgainLater
from shared_code.use_cases.ports import SignInRefused

_ASK_AGAIN = "Go back to SalesExec and ask for a new link to connect your calendar."

_WORDS: dict[str, tuple[int, str, str, str]] = {
    "link": (
        410,
        "This link cannot be used any more",
        "A link works once and for five minutes. This one was used, is too old, or was not copied whole.",
        _ASK_AGAIN,
    ),
    "sign-in": (
        403,
        "This sign-in did not begin here",
        "Microsoft's answer is only taken in the browser that asked for it, once, and within fifteen minutes.",
        _ASK_AGAIN,
    ),
    "confirmation": (
        403,
        "This confirmation cannot be used",
        "It belongs to another browser, was used already, or is too old. Nothing was connected by it.",
        _ASK_AGAIN,
    ),
    "denied": (
        403,
        "You did not allow access",
        "Microsoft says that access to the calendar was declined. Nothing was connected.",
        "If that was a slip, go back to SalesExec and ask for a new link.",
    ),
    "admin_consent": (
        403,
        "Your organisation must approve this app first",
        "Your Microsoft 365 administrator has to approve the SalesExec calendar sync before anyone can connect.",
        "Show this page to your Microsoft 365 administrator; once approved, ask SalesExec for a new link.",
    ),
    "wrong_mailbox": (
        403,
        "That is a different mailbox",
        "You signed in as {detail}, but this link is for another mailbox. Nothing was connected.",
        "Sign out of Microsoft or use a private window, then ask SalesExec for a new link.",
    ),
    "other_mailbox_connected": (
        409,
        "Another mailbox is connected already",
        "Your SalesExec user is connected to {detail}. Only that mailbox can sign in again.",
        "To change over, disconnect the present one in SalesExec first, then ask for a new link.",
    ),
    "mailbox_of_another": (
        409,
        "This mailbox is connected to somebody else",
        "{detail} is already connected to another SalesExec user. One mailbox belongs to one user.",
        "Sign in with your own mailbox, or ask your SalesExec administrator to disconnect the other user.",
    ),
    "wrong_tenant": (
        403,
        "This organisation is not admitted",
        "The account belongs to a Microsoft 365 organisation that this installation does not serve.",
        "Sign in with the account of your own organisation, or ask your SalesExec administrator.",
    ),
    "personal_account": (
        403,
        "This is a personal Microsoft account",
        "Only work accounts of Microsoft 365 can be connected.",
        "Ask SalesExec for a new link and sign in with your work account.",
    ),
    "missing_scope": (
        403,
        "Access to the calendar was not granted",
        "Microsoft signed you in, but without the permission to read and write your calendar.",
        "Ask SalesExec for a new link and leave the permission ticked.",
    ),
    "expired": (
        410,
        "That took too long",
        "Microsoft's answer is valid for a few minutes only, and once.",
        _ASK_AGAIN,
    ),
    "foreign_answer": (
        403,
        "This sign-in did not begin here",
        "Microsoft's answer does not belong to the sign-in that this browser began.",
        _ASK_AGAIN,
    ),
    "entra_error": (
        502,
        "Microsoft reported an error",
        "The sign-in could not be completed. Microsoft says: {detail}",
        "Ask SalesExec for a new link in a while; if it happens again, show this page to your administrator.",
    ),
    "misconfigured": (
        503,
        "The calendar sync is not set up correctly",
        "Microsoft does not accept this installation's own credentials. This is nothing you did.",
        "Please tell your SalesExec administrator.",
    ),
    "not_now": (
        503,
        "Microsoft cannot be reached right now",
        "Your sign-in could not be begun or completed. Nothing was stored.",
        "Try again in a minute; if the link says that it was used, ask SalesExec for a new one.",
    ),
    "settings": (
        503,
        "The calendar sync is not set up yet",
        "Settings of this installation are missing or malformed.",
        "Please tell your SalesExec administrator.",
    ),
}


def trouble_page(kind: str, detail: str = "") -> func.HttpResponse:
    """Return the page that explains what went wrong and what to do now."""
    current_run().note(trouble=kind)
    status, title, what, way_on = _WORDS.get(kind, _WORDS["entra_error"])
    words = what.format(detail=detail or "no details")
    return page("trouble.html", status=status, title=title, what=words, way_on=way_on)


def explaining(
    trigger: Callable[[func.HttpRequest], func.HttpResponse],
) -> Callable[[func.HttpRequest], func.HttpResponse]:
    """Answer a browser with a page for everything that can go wrong."""

    @functools.wraps(trigger)
    def wrapper(req: func.HttpRequest) -> func.HttpResponse:
        try:
            return trigger(req)
        except LinkUsed as error:
            return trouble_page(error.where)
        except SignInRefused as error:
            return trouble_page(error.kind, error.detail)
        except VaultUnavailable as error:
            return to_confirm_page(error.again, "It could not be stored just now. Please try once more in a minute.")
        except TryAgainLater:
            return trouble_page("not_now")
        except Refused:
            # The vault or the storage does not let the app in: only whoever runs it can put that right.
            return trouble_page("misconfigured")
        except SettingsError:
            return trouble_page("settings")

    return wrapper
