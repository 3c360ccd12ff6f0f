"""`./dev demo`: the main job, played visibly on the local stack, each step checked on the other side.

A step that does not come true ends the demo with a status other than 0 and its name.
Afterwards the page stays open, on which the story can be played again step by step.
"""

from __future__ import annotations

import argparse
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.stack import Stack
from sandbox.story import Story, played
from sandbox.up import addresses, local_stack, page_address, run_until_stopped, say


def play(stack: Stack) -> bool:
    """Play the story; False when a step did not come true."""
    story = Story(stack.control, stack.addresses["CaBundle"])
    began = time.monotonic()
    for number, (what, step) in enumerate(story.steps(), start=1):
        say(f"\n{number:>2}. {what}")
        came_true, seen = played(step)
        if not came_true:
            say(f"    FAILED at step {number}, '{what}': {seen}")
            return False
        say(f"    ok: {seen}")
    say(f"\nEvery step came true, in {time.monotonic() - began:.1f} s.")
    return True


@contextmanager
def _told() -> Iterator[None]:
    say("SalesExec <-> Microsoft 365 calendar sync: the main job, on a local stand-in of everything around it.\n")
    yield


def _run(options: argparse.Namespace) -> int:
    broken = {f"AzureWebJobs.{name}.Disabled": "true" for name in options.disable}
    with _told(), local_stack(timers=True, extra_settings=broken) as stack:
        came_true = play(stack)
        if options.once or not came_true:
            return 0 if came_true else 1
        say(f"\n{addresses(stack)}\n\nThe stack stays up; Ctrl-C ends it.")
        say(f"Both calendars side by side, and the story step by step: {page_address(stack)}")
        threading.Event().wait()
    return 0


def main() -> int:
    """Run the demo."""
    parser = argparse.ArgumentParser(prog="./dev demo", description="Play the main job and check every step.")
    parser.add_argument("--once", action="store_true", help="end when the story is over")
    parser.add_argument("--disable", action="append", default=[], metavar="FUNCTION", help="break it on purpose")
    options = parser.parse_args()
    return run_until_stopped(lambda: _run(options))


if __name__ == "__main__":
    sys.exit(main())
