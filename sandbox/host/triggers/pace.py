"""How often queues are looked at: as configured while something happens, and seldom while the host is at rest.

Several hosts may run on one machine at once, most of them waiting for their turn.
"""

from __future__ import annotations

import asyncio

AT_REST_AFTER = 3.0
AT_REST = 2.0
"""Seconds: between two looks at a queue when nothing has happened for so long."""


class Pace:
    """Shared by all listeners of a host; whatever happens in it stirs them."""

    def __init__(self) -> None:
        self._stirred_at = 0.0
        self._stirred = asyncio.Event()

    def stir(self) -> None:
        """Have those who sleep long look at once, and all look often for a while."""
        now = asyncio.get_running_loop().time()
        was_at_rest = now - self._stirred_at >= AT_REST_AFTER
        self._stirred_at = now
        if was_at_rest:
            self._stirred.set()
            self._stirred = asyncio.Event()

    def longest(self, configured: float) -> float:
        """Return the longest wait between two looks, given the configured one."""
        rests = asyncio.get_running_loop().time() - self._stirred_at >= AT_REST_AFTER
        return max(configured, AT_REST) if rests else configured

    async def sleep(self, seconds: float) -> bool:
        """Wait so long, or until something stirs; tell whether it did."""
        try:
            await asyncio.wait_for(self._stirred.wait(), seconds)
        except TimeoutError:
            return False
        return True
