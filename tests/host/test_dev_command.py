"""The command line says what is wrong in plain words."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from sandbox import up
from sandbox.running.host_process import REPOSITORY

TOOLS = ("bash", "env", "cat", "mkdir", "dirname", "uname", "head", "rm", "tail", "grep")


def dev(folder: Path, *arguments: str, environment: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own script
        [str(folder / "dev"), *arguments], capture_output=True, text=True, env=environment, check=False, timeout=60
    )


def test_help_lists_the_commands() -> None:
    done = dev(REPOSITORY, "help")

    assert done.returncode == 0
    for command in ("demo [--once]", "up ", "test [ARGS]", "check ", "bench [ARGS]"):
        assert command in done.stdout


def test_an_unknown_command_is_named() -> None:
    done = dev(REPOSITORY, "dance")

    assert done.returncode == 1
    assert "There is no command 'dance'." in done.stderr


def test_without_python_313_it_says_how_to_get_it(tmp_path: Path) -> None:
    for name in ("dev", "requirements.txt", "requirements-dev.txt", ".python-version"):
        shutil.copy(REPOSITORY / name, tmp_path / name)
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in TOOLS:
        (tools / name).symlink_to(str(shutil.which(name)))

    done = dev(tmp_path, "check", environment={"PATH": str(tools)})

    assert done.returncode == 1
    assert "Python 3.13 was not found" in done.stderr
    assert "pyenv install 3.13" in done.stderr


def test_taken_ports_are_named_with_the_way_out() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(up.CannotStart, match=rf"{port} \(entra\); choose another with ENTRA_PORT="):
            up.refuse_taken({"entra": port})


def test_a_port_that_is_no_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOST_PORT", "seventy")

    with pytest.raises(up.CannotStart, match="HOST_PORT must be a port number, not 'seventy'"):
        up.chosen_port(*up.HOST_PORT)
