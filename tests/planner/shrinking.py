"""Makes a case that fails as plain as it can be, and prints it as it stands in a regression test."""

from dataclasses import MISSING, fields, is_dataclass, replace
from enum import Enum

from tests.planner.cases import Case
from tests.planner.checks import kind_of, played
from tests.planner.rounds import SOUND, Parts


def shrunk(case: Case, kind: str, parts: Parts = SOUND) -> Case:
    """Return the case with as many values as possible set back to those agreed, or to the usual ones."""
    plain = Case()
    while True:
        for simpler in _simpler(case, plain):
            if _fails(simpler, kind, parts):
                case = simpler
                break
        else:
            return case


def _fails(case: Case, kind: str, parts: Parts) -> bool:
    try:
        return any(kind_of(wrong) == kind for wrong in played(case, parts).wrongs)
    except (AssertionError, ValueError, IndexError):
        return False  # a case that makes no sense is no plainer one


def _simpler(case: Case, plain: Case) -> list[Case]:
    found = []
    for side in ("crm", "outlook", "before"):
        said = getattr(case, side)
        if said is None:
            continue
        for each in fields(said):
            known = getattr(case.visible(case.agreed) if side == "crm" else case.agreed, each.name)
            if getattr(said, each.name) != known:
                found.append(replace(case, **{side: replace(said, **{each.name: known})}))
    for each in fields(case.agreed):
        usual = getattr(plain.agreed, each.name)
        if getattr(case.agreed, each.name) != usual:
            sides = {name: getattr(case, name) for name in ("agreed", "crm", "outlook", "before")}
            same = {
                name: replace(said, **{each.name: usual})
                for name, said in sides.items()
                if said is not None and getattr(said, each.name) == getattr(case.agreed, each.name)
            }
            found.append(replace(case, **same))
    kept = {"agreed", "crm", "outlook", "bond", "status"} | (
        {"crm_at", "edited_at", "told_at"} if case.before else set()
    )
    for each in fields(case):
        usual = getattr(plain, each.name)
        if each.name not in kept and getattr(case, each.name) != usual:
            found.append(replace(case, **{each.name: usual}))
    return found


def as_code(value: object) -> str:
    """Return a case as it stands in a regression test: what is as usual is left out."""
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if not is_dataclass(value):
        return repr(value)
    said = ", ".join(
        f"{each.name}={as_code(getattr(value, each.name))}"
        for each in fields(value)
        if each.default is MISSING or getattr(value, each.name) != each.default
    )
    return f"{type(value).__name__}({said})"


def explained(seed: int, case: Case, wrongs: tuple[str, ...]) -> str:
    """Return what there is to say of a case that failed: its seed, and the plainest that still fails alike."""
    plainest = shrunk(case, kind_of(wrongs[0]))
    return f"seed {seed}: {'; '.join(wrongs)}\n{as_code(plainest)}\n{'; '.join(played(plainest).wrongs)}"
