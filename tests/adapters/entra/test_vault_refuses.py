"""A vault that refuses the app is the operator's to put right."""

import pytest

from shared_code.adapters.entra.access_tokens import AccessTokens
from shared_code.adapters.entra.applications import EntraApplications
from shared_code.adapters.http import Http
from shared_code.use_cases.errors import Refused, VaultRefuses
from tests.builders import a_connection
from tests.fakes.clock import FakeClock
from tests.fakes.vault import FakeTokens


def test_a_missing_role_is_an_alarm_and_waits_instead_of_giving_up() -> None:
    clock, vault = FakeClock(), FakeTokens()
    vault.faults.before("read", Refused("Key Vault answered 403", status=403))
    http = Http("Microsoft Entra", clock)
    entra = EntraApplications(
        http, clock, authority="https://127.0.0.1:9/organizations", client_id="app", client_secret="x"
    )

    with pytest.raises(VaultRefuses) as refused:
        AccessTokens(entra, vault, clock).for_(a_connection())

    assert refused.value.alarm == "key_vault_refused"
    assert refused.value.retry_after.total_seconds() > 0
