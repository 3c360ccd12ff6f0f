"""The tables, and how ids become keys."""

import hashlib
import re

REPS = "Reps"
"""Everything of one rep in one partition (her guid), so that what belongs together changes in one transaction."""

APPOINTMENTS = "Appointments"
MAILBOXES = "Mailboxes"
POLLS = "Polls"
ONE_TIME = "OneTime"

_UNSAFE = re.compile(r"[^A-Za-z0-9.-]")


def key_of(text: str) -> str:
    """Return the text as a key, distinct for distinct texts, readable where it is a plain id.

    Quirk: keys may hold no slashes, # or ?, and no control characters; Azurite answers 500 to a slash.
    Source: Microsoft docs, rest/api/storageservices/understanding-the-table-service-data-model
    """
    return _UNSAFE.sub(lambda found: "".join(f"_{byte:02x}" for byte in found[0].encode("utf-8", "replace")), text)


def digest_key(text: str) -> str:
    """Return a key that does not tell the text: for ids too long or too odd for a key, and for secrets."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
