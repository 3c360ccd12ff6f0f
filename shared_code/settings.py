"""The app's settings: read once from the environment, everything missing or malformed named in one message."""

import base64
import binascii
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

DEFAULT_GRAPH = "https://graph.microsoft.com/v1.0"
DEFAULT_AUTHORITY = "https://login.microsoftonline.com/organizations"
DEFAULT_POLL_SCHEDULE = "0 */15 * * * *"
SHORTEST_SIGNING_KEY = 32

_HOST = re.compile(r"^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$")


class SettingsError(Exception):
    """Settings are missing or malformed; `problems` has one line for each, naming the setting and the cure."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """Where Tables and Queues are: a connection string, or the addresses of both with the app's identity."""

    connection_string: str | None = field(default=None, repr=False)
    table_service_uri: str | None = None
    queue_service_uri: str | None = None
    client_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything the app is told from outside. Secrets are masked when it is printed."""

    storage: Storage
    graph_base_url: str
    entra_authority: str
    entra_client_id: str
    entra_client_secret: str = field(repr=False)
    entra_allowed_tenants: frozenset[str]
    key_vault_urls: tuple[str, ...]
    key_vault_challenge_check: bool
    managed_identity_client_id: str | None
    public_base_url: str
    salesexec_api_url: str
    salesexec_auth_token: str = field(repr=False)
    salesexec_lead_url_template: str
    allowed_link_hosts: frozenset[str]
    link_signing_keys: tuple[bytes, ...] = field(repr=False)

    @property
    def redirect_uri(self) -> str:
        """Return where Entra sends the rep back to."""
        return f"{self.public_base_url}/api/oauth/callback"

    @property
    def lead_hosts(self) -> frozenset[str]:
        """Return the hosts a Show Lead link of ours can have."""
        template_host = urlsplit(self.salesexec_lead_url_template).hostname or ""
        return self.allowed_link_hosts | {template_host.lower()}

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings; SettingsError names everything that is missing or malformed, all at once."""
        reading = _Reading(environment)
        settings = {
            "storage": _storage(reading),
            "graph_base_url": reading.url("GRAPH_BASE_URL", default=DEFAULT_GRAPH),
            "entra_authority": reading.url("ENTRA_AUTHORITY", default=DEFAULT_AUTHORITY, https=True, path=True),
            "entra_client_id": reading.text("ENTRA_CLIENT_ID"),
            "entra_client_secret": reading.text("ENTRA_CLIENT_SECRET"),
            "entra_allowed_tenants": frozenset(reading.listed("ENTRA_ALLOWED_TENANTS", str.lower)),
            "key_vault_urls": reading.urls("KEY_VAULT_URL"),
            "key_vault_challenge_check": reading.truth("KEY_VAULT_CHALLENGE_CHECK", default=True),
            "managed_identity_client_id": reading.optional("AZURE_CLIENT_ID"),
            "public_base_url": reading.url("PUBLIC_BASE_URL"),
            "salesexec_api_url": reading.url("SALESEXEC_API_URL"),
            "salesexec_auth_token": reading.text("SALESEXEC_AUTH_TOKEN"),
            "salesexec_lead_url_template": reading.lead_template("SALESEXEC_LEAD_URL_TEMPLATE"),
            "allowed_link_hosts": reading.hosts("ALLOWED_LINK_HOSTS"),
            "link_signing_keys": reading.keys("LINK_SIGNING_KEY"),
        }
        if reading.problems:
            raise SettingsError(tuple(reading.problems))
        return cls(**settings)  # type: ignore[arg-type]  # each reader above returns its field's type


class _Reading:
    """Reads settings one by one and collects what is wrong, so that all of it can be said at once."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.problems: list[str] = []

    def wrong(self, problem: str) -> None:
        self.problems.append(problem)

    def optional(self, name: str) -> str | None:
        return self._environment.get(name, "").strip() or None

    def text(self, name: str) -> str:
        value = self.optional(name)
        if value is None:
            self.wrong(f"{name} is missing")
        return value or ""

    def listed(self, name: str, tidy: Callable[[str], str] = str) -> tuple[str, ...]:
        parts = (self.optional(name) or "").split(",")
        return tuple(tidy(part.strip()) for part in parts if part.strip())

    def truth(self, name: str, *, default: bool) -> bool:
        value = (self.optional(name) or str(default)).lower()
        if value not in ("true", "false"):
            self.wrong(f"{name} must be true or false")
        return value == "true"

    def url(self, name: str, *, default: str | None = None, https: bool = False, path: bool = False) -> str:
        value = self.optional(name) or default
        if value is None:
            self.wrong(f"{name} is missing")
            return ""
        return self._checked_url(name, value, https=https, path=path)

    def _checked_url(self, name: str, value: str, *, https: bool = False, path: bool = False) -> str:
        try:
            parts = urlsplit(value)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable or parts.query or parts.fragment or parts.username:
            self.wrong(f"{name} must be an absolute http(s) address without query, fragment or user, not {value!r}")
            return ""
        if https and parts.scheme != "https":
            self.wrong(f"{name} must be https")
        if path and not parts.path.strip("/"):
            self.wrong(f"{name} must end in a tenant, such as /organizations")
        return value.rstrip("/")

    def urls(self, name: str) -> tuple[str, ...]:
        found = self.listed(name)
        if not found:
            self.wrong(f"{name} is missing")
        return tuple(self._checked_url(name, each, https=True) for each in found)

    def lead_template(self, name: str) -> str:
        value = self.text(name)
        if not value:
            return ""
        if "{LeadGuid}" not in value:
            self.wrong(f"{name} must contain {{LeadGuid}}")
        parts = urlsplit(value.replace("{LeadGuid}", "0"))
        if parts.scheme != "https" or not parts.hostname:
            self.wrong(f"{name} must be an absolute https address")
        return value

    def hosts(self, name: str) -> frozenset[str]:
        found = self.listed(name, str.lower)
        if not found:
            self.wrong(f"{name} is missing")
        for host in found:
            if not _HOST.match(host):
                self.wrong(f"{name} must list plain host names such as crm.example.com, not {host!r}")
        return frozenset(found)

    def keys(self, name: str) -> tuple[bytes, ...]:
        found = self.listed(name)
        if not found:
            self.wrong(f"{name} is missing")
        keys = tuple(_decode_key(each) for each in found)
        if any(key is None or len(key) < SHORTEST_SIGNING_KEY for key in keys):
            self.wrong(
                f"{name} must be at least {SHORTEST_SIGNING_KEY} bytes as hex or base64 (two, new first: new,old)"
            )
        return tuple(key for key in keys if key is not None)


def _decode_key(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text)
    except ValueError:
        pass
    try:
        return base64.b64decode(
            text + "=" * (-len(text) % 4), altchars=b"-_" if set(text) & {"-", "_"} else None, validate=True
        )
    except (ValueError, binascii.Error):
        return None


def _storage(reading: _Reading) -> Storage:
    name = "AzureWebJobsStorage"
    connection_string = reading.optional(name)
    if connection_string:
        return Storage(connection_string=connection_string)
    account = reading.optional(f"{name}__accountName")
    tables = reading.optional(f"{name}__tableServiceUri")
    queues = reading.optional(f"{name}__queueServiceUri")
    if account:
        tables = tables or f"https://{account}.table.core.windows.net"
        queues = queues or f"https://{account}.queue.core.windows.net"
    if not tables or not queues:
        reading.wrong(
            f"{name} is missing (or, with an identity: {name}__accountName, or __tableServiceUri and __queueServiceUri)"
        )
    # The app has one identity: the storage setting need not name it again, and the vault's client uses it too.
    client_id = reading.optional(f"{name}__clientId") or reading.optional("AZURE_CLIENT_ID")
    return Storage(table_service_uri=tables, queue_service_uri=queues, client_id=client_id)


def process_environment() -> Mapping[str, str]:
    """Return the environment of this process."""
    return os.environ  # noqa: TID251 - the one place that reads it


def poll_schedule() -> str:
    """Return the poll timer's schedule: the one setting needed at import, so it has a default.

    A binding that says %POLL_SCHEDULE% would stop the host from starting when the setting is absent.
    """
    return process_environment().get("POLL_SCHEDULE", "").strip() or DEFAULT_POLL_SCHEDULE
