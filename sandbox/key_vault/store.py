"""Secrets, their versions, and what becomes of them when they are deleted."""

from __future__ import annotations

import re
import secrets as randomness
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sandbox.key_vault.errors import (
    VaultError,
    bad_parameter,
    being_deleted,
    deleted_but_recoverable,
    forbidden,
    not_found,
)
from sandbox.world import World

NAME = re.compile(r"[0-9a-zA-Z-]{1,127}")
# Source: Microsoft docs, key-vault about-secrets: 25 KB at most.
LARGEST_VALUE = 25 * 1024
RECOVERABLE_DAYS = 90


@dataclass(slots=True, kw_only=True)
class Version:
    """One value of a secret, with its attributes."""

    id: str
    value: str
    content_type: str | None
    tags: dict[str, str]
    enabled: bool
    not_before: int | None
    expires: int | None
    created_at: datetime
    updated_at: datetime


@dataclass(slots=True, kw_only=True)
class Secret:
    """A named secret: its versions, oldest first, and since when it is deleted."""

    name: str
    versions: list[Version] = field(default_factory=list)
    deleted_at: datetime | None = None
    gone_at: datetime | None = None

    @property
    def current(self) -> Version:
        """The newest version."""
        return self.versions[-1]

    def version(self, version_id: str) -> Version:
        """Return one version, the newest for an empty id."""
        if not version_id:
            return self.current
        found = next((version for version in self.versions if version.id == version_id), None)
        if found is None:
            raise not_found(f"{self.name}/{version_id}")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a caller sets or changes; nothing means: leave as it is."""

    content_type: str | None = None
    tags: dict[str, str] | None = None
    enabled: bool | None = None
    not_before: int | None = None
    expires: int | None = None


class Vault:
    """The secrets of one vault."""

    def __init__(self, world: World, rules: Rules) -> None:
        self._world = world
        self._rules = rules
        self._secrets: dict[str, Secret] = {}

    def set(self, name: str, value: str, written: Written) -> tuple[Secret, Version]:
        """Add a version, making the secret when it is new."""
        check_name(name)
        if len(value.encode()) > LARGEST_VALUE:
            raise bad_parameter(f"Secret value is too large: at most {LARGEST_VALUE} bytes are allowed.")
        self._forget_gone()
        secret = self._secrets.get(name.lower())
        if secret and secret.deleted_at:
            raise deleted_but_recoverable(name) if self._deletion_done(secret) else being_deleted(name)
        secret = self._secrets.setdefault(name.lower(), Secret(name=name))
        now = self._world.clock.now()
        version = Version(
            id=randomness.token_hex(16),
            value=value,
            content_type=written.content_type,
            tags=written.tags or {},
            enabled=written.enabled is not False,
            not_before=written.not_before,
            expires=written.expires,
            created_at=now,
            updated_at=now,
        )
        secret.versions.append(version)
        return secret, version

    def get(self, name: str, version_id: str) -> tuple[Secret, Version]:
        """Return a version and its value."""
        secret = self.live(name)
        version = secret.version(version_id)
        if not version.enabled:
            raise forbidden("Operation get is not allowed on a disabled secret.", "SecretDisabled")
        return secret, version

    def update(self, name: str, version_id: str, written: Written) -> tuple[Secret, Version]:
        """Change a version's attributes, never its value."""
        secret = self.live(name)
        version = secret.version(version_id)
        version.content_type = written.content_type if written.content_type is not None else version.content_type
        version.tags = written.tags if written.tags is not None else version.tags
        version.enabled = written.enabled if written.enabled is not None else version.enabled
        version.not_before = written.not_before if written.not_before is not None else version.not_before
        version.expires = written.expires if written.expires is not None else version.expires
        version.updated_at = self._world.clock.now()
        return secret, version

    def live(self, name: str) -> Secret:
        """Return a secret that is not deleted."""
        check_name(name)
        secret = self._secrets.get(name.lower())
        if secret is None or secret.deleted_at:
            raise not_found(name)
        return secret

    def all_live(self) -> list[Secret]:
        """Return the secrets that are not deleted, by name."""
        return [self._secrets[name] for name in sorted(self._secrets) if not self._secrets[name].deleted_at]

    def delete(self, name: str) -> Secret:
        """Put a secret where it can still be recovered from."""
        secret = self.live(name)
        secret.deleted_at = self._world.clock.now()
        secret.gone_at = secret.deleted_at + timedelta(days=RECOVERABLE_DAYS)
        return secret

    def deleted(self, name: str) -> Secret:
        """Return a deleted secret, once its deletion is done."""
        self._forget_gone()
        secret = self._secrets.get(name.lower())
        if secret is None or not secret.deleted_at or not self._deletion_done(secret):
            raise not_found_deleted(name)
        return secret

    def all_deleted(self) -> list[Secret]:
        """Return the deleted secrets, by name."""
        self._forget_gone()
        return [self._secrets[name] for name in sorted(self._secrets) if self._secrets[name].deleted_at]

    def recover(self, name: str) -> Secret:
        """Bring a deleted secret back with all its versions."""
        secret = self.deleted(name)
        secret.deleted_at = secret.gone_at = None
        return secret

    def purge(self, name: str) -> None:
        """Destroy a deleted secret, unless the vault protects it."""
        secret = self.deleted(name)
        if self._rules.purge_protection:
            raise forbidden(
                'Operation "purge" is not allowed because purge protection is enabled for this vault.',
                "ForbiddenByPolicy",
            )
        del self._secrets[secret.name.lower()]

    def _deletion_done(self, secret: Secret) -> bool:
        return bool(secret.deleted_at and secret.deleted_at + self._rules.deletion_takes <= self._world.clock.now())

    def _forget_gone(self) -> None:
        now = self._world.clock.now()
        for name, secret in list(self._secrets.items()):
            if secret.gone_at and secret.gone_at <= now:
                del self._secrets[name]


@dataclass(slots=True, kw_only=True)
class Rules:
    """How the vaults of this sandbox behave, by order of the control plane."""

    purge_protection: bool = False
    allowed: bool = True
    deletion_takes: timedelta = timedelta()


class Vaults:
    """One vault per host name, so that 127.0.0.1 and localhost are two."""

    def __init__(self, world: World) -> None:
        self._world = world
        world.switches.declare(
            "vault.challenge_resource",
            ("azure", "suffix"),
            "azure",
            "azure: the challenge names https://vault.azure.net, as the real one does, and clients must be told not to "
            "compare it with the vault's address; suffix: it names the end of this address and passes that comparison",
        )
        self.reset()

    def reset(self) -> None:
        """Empty every vault."""
        self.rules = Rules()
        self._vaults: dict[str, Vault] = {}

    def at(self, host: str) -> Vault:
        """Return the vault of a host name."""
        return self._vaults.setdefault(host, Vault(self._world, self.rules))

    def hosts(self) -> list[str]:
        """Return the host names by which vaults were used."""
        return sorted(self._vaults)


def check_name(name: str) -> None:
    """Refuse a name that the vault does not allow."""
    if not NAME.fullmatch(name):
        raise bad_parameter(
            f"The request URI contains an invalid name: {name}. "
            "Names are 1 to 127 characters of 0-9, a-z, A-Z and hyphens."
        )


def not_found_deleted(name: str) -> VaultError:
    """Return the error for a deleted secret that is not there."""
    return VaultError(404, "SecretNotFound", f"Deleted Secret not found: {name}")
