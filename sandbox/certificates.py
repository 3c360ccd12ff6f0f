"""A certificate authority of the sandbox's own, and a bundle in which clients find it beside the system's."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import certifi
import trustme
from cryptography import x509

HOSTS = ("127.0.0.1", "localhost", "::1")
# A stack that runs for days must not see its certificate end.
LEAST_LIFE = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificates:
    """The files a TLS server and its clients need."""

    authority: Path
    server: Path
    bundle: Path


def certificates(folder: Path) -> Certificates:
    """Return the certificates kept in a folder, made anew when there are none or they end soon."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificates(
        authority=folder / "ca.pem",
        server=folder / "server.pem",
        bundle=folder / "ca-bundle.pem",
    )
    if not still_good(made):
        authority = trustme.CA(organization_name="SalesExec calendar sync sandbox")
        server = authority.issue_cert(*HOSTS)
        authority.cert_pem.write_to_path(str(made.authority))
        made.server.touch(mode=0o600)
        server.private_key_and_cert_chain_pem.write_to_path(str(made.server))
    made.bundle.write_bytes(system_bundle().read_bytes().rstrip() + b"\n" + made.authority.read_bytes())
    return made


def still_good(made: Certificates) -> bool:
    """Say whether both files are there and stay valid for a while."""
    if not (made.authority.is_file() and made.server.is_file()):
        return False
    soon = datetime.now(UTC) + LEAST_LIFE
    found = [x509.load_pem_x509_certificates(path.read_bytes()) for path in (made.authority, made.server)]
    return all(chain and chain[0].not_valid_after_utc > soon for chain in found)


def system_bundle() -> Path:
    """Return the bundle this machine trusts (SSL_CERT_FILE where it is set), or certifi's."""
    trusted = ssl.get_default_verify_paths().cafile
    return Path(trusted) if trusted else Path(certifi.where())
