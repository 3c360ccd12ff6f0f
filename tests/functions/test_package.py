"""What is deployed stands on its own feet: .funcignore's rest, its pinned wheels, and nothing of the workshop."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.running.environment import download_environment
from sandbox.running.host_process import REPOSITORY
from tests.functions.conftest import copy_driver, copy_packaged, run_index
from tests.functions.expected import HTTP, QUEUES, TIMERS

APP_FILES = {"function_app.py", "functions", "shared_code", "host.json", "requirements.txt"}

# Names that are nowhere: enough for health to find every setting well-formed.
SETTINGS = {
    "ENTRA_CLIENT_ID": "11111111-1111-4111-8111-111111111111",
    "ENTRA_CLIENT_SECRET": "made-up",
    "KEY_VAULT_URL": "https://vault.example",
    "PUBLIC_BASE_URL": "https://sync.example",
    "SALESEXEC_API_URL": "https://crm.example/api",
    "SALESEXEC_AUTH_TOKEN": "made-up",
    "SALESEXEC_LEAD_URL_TEMPLATE": "https://crm.example/leads/{LeadGuid}",
    "ALLOWED_LINK_HOSTS": "crm.example",
    "LINK_SIGNING_KEY": "ab" * 32,
}


@dataclass(frozen=True, slots=True)
class Package:
    """A built package, and beside it what Azure brings: the worker library and its driver."""

    app: Path
    driver: Path
    worker: Path

    @property
    def dependencies(self) -> Path:
        return self.app / ".python_packages" / "lib" / "site-packages"


def pip_install(target: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    done = subprocess.run(  # noqa: S603 - pip, with arguments of ours
        [*command, "--only-binary", ":all:", "--target", str(target), *arguments],
        env=download_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def pinned(name: str) -> str:
    [line] = re.findall(rf"(?m)^{name}==\S+", (REPOSITORY / "requirements-dev.txt").read_text(encoding="utf-8"))
    return str(line)


@pytest.fixture(name="package", scope="module")
def _package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    package = Package(*(tmp_path_factory.mktemp(name) for name in ("app", "driver", "worker")))
    copy_packaged(package.app)
    copy_driver(package.driver)
    pip_install(package.dependencies, "-r", str(package.app / "requirements.txt"))
    pip_install(package.worker, "--no-deps", pinned("azure-functions-runtime"))
    return package


def size_in_mb(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def test_the_package_holds_the_app_and_nothing_else(package: Package) -> None:
    assert {entry.name for entry in package.app.iterdir()} == APP_FILES | {".python_packages"}


def test_every_function_indexes_and_health_answers_without_settings(package: Package) -> None:
    found = run_index(package.app, driver=package.driver, packages=[package.worker], call="health")

    assert set(found["functions"]) == {*HTTP, *TIMERS, *QUEUES}
    assert found["answer"]["failure"] is None
    assert found["answer"]["status"] == "503"


def test_health_is_good_with_settings_and_storage(package: Package, storage: str) -> None:
    settings = SETTINGS | {"AzureWebJobsStorage": storage}

    found = run_index(package.app, driver=package.driver, packages=[package.worker], call="health", settings=settings)

    assert (found["answer"]["status"], found["answer"]["failure"]) == ("200", None), found["answer"]["body"]


def test_everything_imported_comes_from_the_package_the_worker_or_python_itself(package: Package) -> None:
    files = run_index(package.app, driver=package.driver, packages=[package.worker], call="health")["files"]

    homes = (str(package.app), str(package.driver), str(package.worker), sys.base_prefix, "None")
    strangers = [file for file in files if not file.startswith(homes)]
    assert [Path(file).name for file in strangers] == ["index_app.py"]


def test_no_package_of_the_workshop_is_in_it(package: Package, capsys: pytest.CaptureFixture[str]) -> None:
    workshop = re.findall(r"(?m)^([A-Za-z0-9_.-]+)", (REPOSITORY / "requirements-dev.txt").read_text(encoding="utf-8"))

    installed = {
        re.sub(r"[-_.]+", "-", folder.name.split("-")[0]).lower() for folder in package.dependencies.glob("*.dist-info")
    }

    assert installed & {re.sub(r"[-_.]+", "-", name).lower() for name in workshop} == set()
    with capsys.disabled():
        print(  # noqa: T201 - the size is to be seen in every run
            f"\n  package: {size_in_mb(package.app):.1f} MB, of which our code"
            f" {size_in_mb(package.app) - size_in_mb(package.dependencies):.2f} MB; {len(installed)} dependencies"
        )
