"""Versions of rows in memory."""

import itertools

from shared_code.use_cases.errors import StaleVersion

WORDS_KEPT = 1000

_versions = itertools.count(1)


def new_version() -> str:
    """Return a version that no row had before."""
    return f"v{next(_versions)}"


def next_version(stored: str | None, given: str | None) -> str:
    """Return a new version if the given one is the stored one (None: not there), as an ETag does."""
    if stored != given:
        message = "it is another version"
        raise StaleVersion(message)
    return new_version()
