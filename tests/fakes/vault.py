"""A token vault in memory."""

import uuid

from shared_code.domain.connections import TokenPlace
from tests.fakes.faults import Faults

VAULT_URL = "https://vault.example"


class FakeTokens:
    """Token caches in memory; the name of a destroyed one stays taken, as in a vault that deletes softly."""

    def __init__(self) -> None:
        self.faults = Faults()
        self.kept: dict[TokenPlace, str] = {}
        self._destroyed: set[TokenPlace] = set()

    def keep(self, token_cache: str, place: TokenPlace | None = None) -> TokenPlace:
        with self.faults.around("keep"):
            if place is None or place in self._destroyed:
                place = TokenPlace(vault_url=VAULT_URL, secret_name=f"rep-{uuid.uuid4().hex}")
            self.kept[place] = token_cache
            return place

    def read(self, place: TokenPlace) -> str | None:
        with self.faults.around("read"):
            return self.kept.get(place)

    def destroy(self, place: TokenPlace) -> None:
        with self.faults.around("destroy"):
            if self.kept.pop(place, None) is not None:
                self._destroyed.add(place)
