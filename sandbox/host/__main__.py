"""`python -m sandbox.host --app DIR`: run a Functions app locally under Microsoft's own worker."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import socket
import sys
import time
from pathlib import Path

from sandbox.host.configuration import load_settings
from sandbox.host.log import start_logging
from sandbox.host.running import Arguments, Host
from sandbox.host.worker import library
from sandbox.host.worker.functions import AppRefused

REFUSED, BUSY, ABANDONED = 1, 2, 3


def _arguments() -> tuple[Arguments, Path | None]:
    parser = argparse.ArgumentParser(prog="python -m sandbox.host", description=__doc__)
    parser.add_argument("--app", type=Path, default=Path(), help="folder with function_app.py and host.json")
    parser.add_argument("--port", type=int, default=7071, help="0 takes a free one (default: %(default)s)")
    parser.add_argument("--settings", type=Path, help="a file like local.settings.json; its Values become environment")
    parser.add_argument("--ready-file", type=Path, help="written as JSON when functions can be called")
    parser.add_argument("--keys", type=Path, help="keys are read from this file, or written to it when made")
    parser.add_argument("--clock-file", type=Path, help="a number of seconds by which this process's time is shifted")
    parser.add_argument("--no-timers", action="store_true", help="start timer functions by /admin/functions only")
    parser.add_argument("--no-queues", action="store_true", help="leave the queues alone")
    parser.add_argument("--lease-seconds", type=int, default=600, help="how long a message is held (default: 600)")
    parser.add_argument("--drain-seconds", type=float, default=8, help="how long SIGTERM waits for what runs")
    parser.add_argument("--front-end-seconds", type=float, default=230, help="how long a request may take")
    given = parser.parse_args()
    chosen = Arguments(
        app=given.app.resolve(),
        port=given.port,
        ready_file=given.ready_file,
        keys_file=given.keys,
        clock_file=given.clock_file,
        timers=not given.no_timers,
        queues=not given.no_queues,
        lease_seconds=given.lease_seconds,
        drain_seconds=given.drain_seconds,
        front_end_seconds=given.front_end_seconds,
    )
    return chosen, given.settings


def _listen(port: int) -> socket.socket:
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind(("127.0.0.1", port))
    return listening


def main() -> int:
    """Run the host and return its exit status: 0 ended in order, 1 app refused, 2 port taken, 3 work abandoned."""
    arguments, settings_file = _arguments()
    load_settings(settings_file)
    time.tzset()
    start_logging(library.invocation_id)
    library.put_on_path(arguments.app, hide=Path.cwd())
    try:
        listening = _listen(arguments.port)
    except OSError:
        print(f"Port {arguments.port} is taken by another program; choose one with --port.", file=sys.stderr)
        return BUSY
    try:
        finished = asyncio.run(Host(arguments, listening).run())
    except AppRefused as refusal:
        print(refusal, file=sys.stderr)
        return REFUSED
    return 0 if finished else ABANDONED


if __name__ == "__main__":
    status = main()
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    # A function that was abandoned still holds a thread, which would hold the process.
    os._exit(status)
