"""Ready files: how a child process tells its parent that it can be used, and where."""

from __future__ import annotations

import contextlib
import json
import socket
from pathlib import Path
from typing import Any


def read_ready_file(path: Path) -> dict[str, Any] | None:
    """Return the content of a ready file, or None while there is none."""
    with contextlib.suppress(FileNotFoundError, ValueError):
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return content
    return None


def free_port() -> int:
    """Return a port that nobody uses at this moment, for a server that must come back to the same one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def taken_ports(ports: dict[str, int]) -> dict[str, int]:
    """Return those of the named ports on which somebody listens already."""
    taken = {}
    for name, port in ports.items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                taken[name] = port
    return taken
