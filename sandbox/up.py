"""`./dev up`: the local stack on fixed ports, with its addresses and keys printed, until Ctrl-C.

The demo starts the same way, through `local_stack`.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from sandbox.azurite import AzuriteMissing
from sandbox.running.child import ChildEnded
from sandbox.running.environment import variable
from sandbox.running.host_process import REPOSITORY
from sandbox.running.lock import AlreadyRunning, only_copy
from sandbox.running.ready import taken_ports
from sandbox.stack import Plan, Stack

LOCAL = REPOSITORY / ".local"
HOST_PORT = ("HOST_PORT", 7071)
SIMULATOR_PORTS = {
    "graph": ("GRAPH_PORT", 7080),
    "entra": ("ENTRA_PORT", 7081),
    "vault": ("VAULT_PORT", 7082),
    "salesexec": ("SALESEXEC_PORT", 7083),
    "control": ("CONTROL_PORT", 7084),
}


class CannotStart(RuntimeError):
    """The stack cannot run on this machine as it is; the text says what to do."""


class Stopped(BaseException):
    """Somebody asked the program to end."""


@contextlib.contextmanager
def local_stack(*, timers: bool = True, extra_settings: Mapping[str, str] | None = None) -> Iterator[Stack]:
    """Run the stack on its fixed ports for as long as the block runs; CannotStart says what is in the way."""
    host_port = chosen_port(*HOST_PORT)
    simulators = {name: chosen_port(*choice) for name, choice in SIMULATOR_PORTS.items()}
    with contextlib.ExitStack() as ending:
        try:
            ending.enter_context(only_copy(LOCAL / "stack.lock"))
        except AlreadyRunning as other:
            raise CannotStart(str(other)) from None
        refuse_taken({"the Functions host": host_port} | simulators)
        plan = Plan(host_port=host_port, simulator_ports=simulators, timers=timers, extra_settings=extra_settings or {})
        stack = Stack(LOCAL / "stack", plan)
        ending.callback(stack.stop)
        _clear_logs(stack.folder)
        try:
            _start(stack)
        except (ChildEnded, AzuriteMissing) as fault:
            raise CannotStart(f"{fault}\n\nLogs are in {stack.folder}.") from None
        yield stack


def chosen_port(name: str, default: int) -> int:
    """Return the port that the shell's variable asks for, or the default."""
    given = variable(name, str(default))
    if not given.isdecimal() or not 0 < int(given) < 65536:
        raise CannotStart(f"{name} must be a port number, not {given!r}.")
    return int(given)


def refuse_taken(ports: dict[str, int]) -> None:
    """Say which of the ports are taken, and by which variable another is chosen."""
    taken = taken_ports(ports)
    if taken:
        names = {"the Functions host": HOST_PORT[0]} | {name: choice[0] for name, choice in SIMULATOR_PORTS.items()}
        lines = [f"  {port} ({name}); choose another with {names[name]}=..." for name, port in taken.items()]
        raise CannotStart("\n".join(["These ports are taken by another program:", *lines]))


def _clear_logs(folder: Path) -> None:
    for log in folder.rglob("*.log"):
        log.unlink()


def _start(stack: Stack) -> None:
    say("  starting storage, Graph, Entra, Key Vault and SalesExec ...")
    stack.start_backing()
    say("  starting the Functions host ...")
    stack.start_host()


def say(text: str) -> None:
    """Print one line at once."""
    print(text, flush=True)  # noqa: T201 - the command line's voice


def page_address(stack: Stack) -> str:
    """Return where a browser finds the page with both calendars."""
    return stack.addresses["PageUrl"]


def addresses(stack: Stack) -> str:
    """Return what a person needs to use the running stack."""
    given = stack.addresses
    lines = [
        f"Page             {page_address(stack)}   (both calendars side by side)",
        f"Functions host   {stack.host_url}/api   (health: {stack.host_url}/api/health)",
        f"Graph            {given['GraphBaseUrl']}",
        f"Entra            {given['EntraAuthority']}",
        f"Key Vault        {given['KeyVaultUrl']}",
        f"SalesExec        {given['SalesExecApiUrl']}",
        f"Control plane    {stack.control_url}/",
        f"Storage          {stack.storage}",
        f"Certificates     {given['CaBundle']}",
        f"Logs             {stack.folder}",
        "",
        f"Master key       {stack.host.master_key}",
        f"Host key         {stack.host.ready['HostKey']}",
        "Function keys",
        *(f"  {name:<22} {stack.keys[name]}" for name in sorted(needing_a_key(stack))),
    ]
    return "\n".join(lines)


def needing_a_key(stack: Stack) -> list[str]:
    """Return the functions that cannot be called without a key."""
    return [each["Name"] for each in stack.host.ready["Functions"] if each.get("AuthLevel") == "function"]


def run_until_stopped(action: Callable[[], int]) -> int:
    """Call `action` so that Ctrl-C, SIGTERM and a closed terminal end it at once, in order and without a traceback."""

    def stop(number: int, frame: object) -> None:  # noqa: ARG001 - the shape of a signal handler
        for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(other, signal.SIG_IGN)
        raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        return action()
    except CannotStart as reason:
        print(reason, file=sys.stderr)  # noqa: T201 - the command line's voice
        return 1
    except Stopped:
        say("\nStopped.")
        return 130


def wait_for_ctrl_c(stack: Stack) -> int:
    """Stay up until somebody ends the program, or a part of the stack ends by itself."""
    pause = threading.Event()
    try:
        while stack.host.child.alive():
            pause.wait(0.5)
    except Stopped:
        say("\nEnding ...")
        return 0
    say(f"The Functions host ended by itself:\n{stack.host.child.tail()}")
    return 1


def up() -> int:
    """Start the stack, print where everything is, and stay up."""
    with local_stack() as stack:
        say(addresses(stack))
        say("\nUp. Ctrl-C ends it.")
        return wait_for_ctrl_c(stack)


if __name__ == "__main__":
    sys.exit(run_until_stopped(up))
