"""The sandbox's own certificate authority."""

from __future__ import annotations

import stat
from pathlib import Path

from sandbox.certificates import certificates, still_good, system_bundle


def test_the_bundle_holds_the_systems_authorities_and_the_sandboxs(tmp_path: Path) -> None:
    made = certificates(tmp_path)

    bundle = made.bundle.read_bytes()

    assert made.authority.read_bytes() in bundle
    assert system_bundle().read_bytes().strip() in bundle


def test_the_private_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    made = certificates(tmp_path)

    assert stat.S_IMODE(made.server.stat().st_mode) == 0o600


def test_certificates_are_made_again_when_one_is_missing(tmp_path: Path) -> None:
    made = certificates(tmp_path)
    before = made.authority.read_bytes()
    made.server.unlink()

    again = certificates(tmp_path)

    assert still_good(again)
    assert again.authority.read_bytes() != before
