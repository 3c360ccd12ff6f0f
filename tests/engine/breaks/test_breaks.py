"""The histories catch an engine that is broken, whichever mechanism it lacks; `python -m tests.engine.breaks` tells."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.engine.breaks.breaking import CannotBreakError, all_results, apply, result_of, summary
from tests.engine.breaks.ways import BREAKS

FEW = 100


def test_ten_of_ten_breaks_are_caught(told: list[str]) -> None:
    results = all_results(BREAKS, FEW)

    told += summary(results)
    assert [each.broken.name for each in results if not each.is_caught] == []
    assert told[-1] == "10 of 10 caught"


def test_an_engine_that_is_whole_is_not_caught() -> None:
    whole = replace(BREAKS[0], new=BREAKS[0].old)

    result = result_of(whole, 2)

    assert not result.is_caught
    assert result.line(1).startswith("MISSED   1  ")


def test_each_break_takes_away_another_mechanism() -> None:
    assert len({each.name for each in BREAKS}) == len({(each.file, each.old) for each in BREAKS}) == 10
    assert all(each.old != each.new and each.promise for each in BREAKS)


def test_a_break_whose_text_is_no_more_there_fails_by_itself(tmp_path: Path) -> None:
    (tmp_path / "engine.py").write_text("return one or two\n", encoding="utf-8")
    gone = replace(BREAKS[0], file="engine.py", old="return three")
    twice = replace(gone, old="o")

    for broken in (gone, twice):
        with pytest.raises(CannotBreakError, match="not once"):
            apply(broken, tmp_path)
