"""Poll rows in Tables."""

from shared_code.adapters.tables.polls.store import TablePolls

__all__ = ["TablePolls"]
