"""Waiting pushes in Tables."""

from shared_code.adapters.tables.waiting.store import TableWaiting

__all__ = ["TableWaiting"]
