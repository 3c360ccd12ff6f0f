"""What all clients of Azure in this process share: one pool of connections, its time-outs, and the app's identity."""

from functools import cache
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.core.pipeline.transport import RequestsTransport

CONNECTING_TAKES_AT_MOST = 3.0
READING_TAKES_AT_MOST = 8.0
CONNECTIONS_KEPT = 32
"""As many as threads that Functions runs triggers in, and some: the client's own ten make the rest reconnect."""

RETRIES: dict[str, Any] = {
    "retry_total": 1, "retry_connect": 1, "retry_read": 1, "retry_status": 0, "permit_redirects": False,
}  # fmt: skip
"""Only a connection that was dropped is tried again at once; a service that said no is waited for by the sync.

Safety: a redirect is not followed, since with it would go what was sent: tokens, on their way into the vault.
"""


@cache
def shared_transport() -> "RequestsTransport":
    """Return the one transport of this process, loaded when first needed.

    TLS trust comes from REQUESTS_CA_BUNDLE, as everywhere in the app.
    """
    from azure.core.pipeline.transport import RequestsTransport

    session = requests.Session()
    adapter = HTTPAdapter(pool_maxsize=CONNECTIONS_KEPT, max_retries=Retry(total=False, raise_on_status=False))
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return RequestsTransport(
        session=session,
        session_owner=False,
        connection_timeout=CONNECTING_TAKES_AT_MOST,
        read_timeout=READING_TAKES_AT_MOST,
    )


@cache
def app_identity(client_id: str | None) -> "TokenCredential":
    """Return the app's managed identity; one object per process, since it keeps the tokens.

    Not DefaultAzureCredential: its chain of guesses costs seconds where the identity is missing, and hides why.
    The package takes 300 ms to load, and with a connection string only Key Vault needs it.
    """
    from azure.identity import ManagedIdentityCredential

    return ManagedIdentityCredential(
        client_id=client_id,
        connection_timeout=CONNECTING_TAKES_AT_MOST,
        read_timeout=READING_TAKES_AT_MOST,
        **RETRIES,
    )
