"""Results as tables for the terminal and as a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from ..tables import aligned, ratio_text, time_text
from .entrants import ADELIE, CELER, OURS, SKGLM
from .results import TARGET, Result, fastest

_COLUMNS = (
    *("problem", "strength", "solver", "variant", "tolerance", "repeat", "seconds"),
    *("objective", "suboptimality", "active_groups"),
)
_ABSENT = "-"


def case_table(results: Sequence[Result]) -> str:
    """Return every setting of one case."""
    ours = fastest(results, OURS)
    header = ["problem", "strength", "solver", "setting", "time", "subopt.", "active", "x ours"]
    rows = [
        [
            result.problem,
            result.strength,
            result.setting.solver,
            result.setting.text,
            time_text(result.time),
            f"{result.suboptimality:.1e}",
            str(result.n_active),
            _ratio(result, ours),
        ]
        for result in results
    ]
    return aligned(header, rows, n_left=4)


def summary(results: Sequence[Result]) -> str:
    """Return the fastest settings that reach the target: their times, and rivals over ours."""
    solvers = list(dict.fromkeys(result.setting.solver for result in results))
    header = ["problem", "strength", *solvers, f"{SKGLM}/{CELER} : ours", f"{ADELIE} : ours"]
    rows = []
    for (problem, strength), group in groupby(results, lambda each: (each.problem, each.strength)):
        case = list(group)
        ours = fastest(case, OURS)
        cells = [_time_and_setting(fastest(case, solver)) for solver in solvers]
        ratios = [_ratio(fastest(case, *rivals), ours) for rivals in ((SKGLM, CELER), (ADELIE,))]
        rows.append([problem, strength, *cells, *ratios])
    title = (
        f"Fastest setting with relative suboptimality of at most {TARGET:.0e}, and how many times "
        f"as long as {OURS}\nthe faster of {SKGLM} and {CELER}, and {ADELIE}, take "
        f"(above 1: {OURS} is faster)"
    )
    return f"{title}\n\n{aligned(header, rows, n_left=2)}"


def write_csv(results: Sequence[Result], path: Path) -> None:
    """Write one line for each run."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for result in results:
            case = (result.problem, result.strength, *result.setting)
            quality = (repr(result.objective), f"{result.suboptimality:.3e}", result.n_active)
            for repeat, seconds in enumerate(result.seconds, start=1):
                writer.writerow((*case, repeat, f"{seconds:.6f}", *quality))


def _time_and_setting(result: Result | None) -> str:
    return _ABSENT if result is None else f"{time_text(result.time)} ({result.setting.text})"


def _ratio(result: Result | None, ours: Result | None) -> str:
    return _ABSENT if result is None or ours is None else ratio_text(result.time / ours.time)
