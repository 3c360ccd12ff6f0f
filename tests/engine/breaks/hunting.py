"""Plays histories against whatever engine is here, up to the first that ends badly; run in a broken copy."""

import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import shared_code
from tests.engine.histories import played, written


@dataclass(frozen=True, slots=True)
class Catch:
    """The first history that ended badly, and what was wrong; `home` is where the engine that was played lies."""

    home: str
    seed: int | None = None
    wrong: str = ""


def hunt(seeds: int) -> Catch:
    """Play so many histories, from seed 0 up, until one has something wrong."""
    home = str(Path(shared_code.__file__ or "").resolve().parent)
    for seed in range(seeds):
        wrongs = played(written(seed)).wrongs
        if wrongs:
            return Catch(home, seed, wrongs[0])
    return Catch(home)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(hunt(int(sys.argv[1])))) + "\n")
