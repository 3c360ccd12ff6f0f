"""What the processes of the local stack inherit from the shell, and what they must not."""

from __future__ import annotations

import os
from collections.abc import Mapping

# Other Pythons' folders, other people's certificates, proxies, and Azure settings that would reach the real Azure.
TRAP_PREFIXES = ("PYTHON", "AZURE", "IDENTITY_", "MSI_", "NODE_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
TRAPS = frozenset({"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"})
DOWNLOAD_TRAPS = ("PYTHONPATH", "PYTHONHOME", "NODE_OPTIONS", "NODE_ENV", "NODE_PATH")


def clean_environment(additions: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment without what misleads a server of the stack, and with the additions."""
    inherited = {
        name: value
        for name, value in _inherited().items()
        if not name.upper().startswith(TRAP_PREFIXES) and name not in TRAPS
    }
    return inherited | {"TZ": "UTC", "NO_PROXY": "*", "no_proxy": "*", "PYTHONUNBUFFERED": "1"} | dict(additions or {})


def download_environment() -> dict[str, str]:
    """Return this process's environment for pip and npm, which need its proxies and certificates."""
    return {name: value for name, value in _inherited().items() if name not in DOWNLOAD_TRAPS}


def variable(name: str, default: str = "") -> str:
    """Return one variable of the shell that started the stack."""
    return _inherited().get(name, default)


def _inherited() -> Mapping[str, str]:
    return os.environ  # noqa: TID251 - here, and only here, the stack looks at the shell around it
