"""`python -m sandbox`: all simulators on loopback, until SIGINT or SIGTERM."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from dataclasses import fields
from datetime import datetime
from pathlib import Path

from sandbox.server import Ports, PortTakenError, Sandbox

STATE_FOLDER = Path(".local/sandbox")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--state", type=Path, default=STATE_FOLDER, help="folder for the certificates")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same ids")
    parser.add_argument("--now", type=instant, help="when the clock begins, 2026-11-23T08:00:00Z; without it, now")
    parser.add_argument("--ready-file", type=Path, help="where to write the addresses as JSON once all ports answer")
    for field in fields(Ports):
        parser.add_argument(f"--{field.name}-port", type=int, default=0, help="0 (default) is any free port")
    return parser.parse_args()


def instant(text: str) -> datetime:
    """Read an instant; one without an offset is refused."""
    read = datetime.fromisoformat(text)
    if read.tzinfo is None:
        raise argparse.ArgumentTypeError(f"{text} has no offset: end it with Z or +01:00")
    return read


def begin_at(sandbox: Sandbox, now: datetime) -> None:
    """Have the clock show `now`, and again after every reset."""
    sandbox.world.clock.set(now)
    sandbox.world.on_reset(lambda: sandbox.world.clock.set(now))


def write_whole(path: Path, text: str) -> None:
    """Put a file in place in one step, so that a reader never sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(path.name + ".part")
    half.write_text(text)
    half.replace(path)


async def serve(sandbox: Sandbox, ready_file: Path | None) -> None:
    """Serve until a signal says stop."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await sandbox.start()
    for name, value in sandbox.addresses().items():
        print(f"{name:<20} {value}", flush=True)
    if ready_file:
        write_whole(ready_file, json.dumps(sandbox.addresses(), indent=2) + "\n")
    await stop.wait()
    await sandbox.stop()


def main() -> int:
    """Run the sandbox and return the exit status."""
    chosen = arguments()
    ports = Ports(**{field.name: getattr(chosen, f"{field.name}_port") for field in fields(Ports)})
    try:
        sandbox = Sandbox(state=chosen.state, ports=ports, seed=chosen.seed)
    except PortTakenError as taken:
        print(f"sandbox: {taken}", file=sys.stderr)
        return 2
    if chosen.now:
        begin_at(sandbox, chosen.now)
    asyncio.run(serve(sandbox, chosen.ready_file))
    return 0


if __name__ == "__main__":
    sys.exit(main())
