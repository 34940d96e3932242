"""Results as tables for the terminal and as a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from ..tables import format_ratio, format_table, format_time
from .entrants import ADELIE, CELER, OURS, SKGLM
from .results import TARGET, Result, find_fastest

_COLUMNS = (
    *("problem", "strength", "solver", "variant", "tolerance", "repeat", "seconds"),
    *("objective", "suboptimality", "active_groups"),
)
_ABSENT = "-"


def format_case(results: Sequence[Result]) -> str:
    """Return a table of all settings of one case."""
    ours = find_fastest(results, OURS)
    header = ["problem", "strength", "solver", "setting", "time", "subopt.", "active", "x ours"]
    rows = [
        [
            result.problem,
            result.strength,
            result.setting.solver,
            result.setting.text,
            format_time(result.time),
            f"{result.suboptimality:.1e}",
            str(result.n_active),
            _format_ratio_to(result, ours),
        ]
        for result in results
    ]
    return format_table(header, rows, n_left=4)


def format_summary(results: Sequence[Result]) -> str:
    """Return a table of the fastest settings that reach the target, and ratios to ours."""
    solvers = list(dict.fromkeys(result.setting.solver for result in results))
    header = ["problem", "strength", *solvers, f"{SKGLM}/{CELER} : ours", f"{ADELIE} : ours"]
    rows = []
    for (problem, strength), group in groupby(results, lambda each: (each.problem, each.strength)):
        case = list(group)
        ours = find_fastest(case, OURS)
        cells = [_format_time_and_setting(find_fastest(case, solver)) for solver in solvers]
        ratios = [
            _format_ratio_to(find_fastest(case, *rivals), ours)
            for rivals in ((SKGLM, CELER), (ADELIE,))
        ]
        rows.append([problem, strength, *cells, *ratios])
    title = (
        f"Fastest setting with a relative suboptimality of at most {TARGET:.0e}, and the time of "
        f"the faster of\n{SKGLM} and {CELER}, and of {ADELIE}, over that of {OURS} "
        f"(above 1: {OURS} is faster)"
    )
    return f"{title}\n\n{format_table(header, rows, n_left=2)}"


def write_csv(results: Sequence[Result], path: Path) -> None:
    """Write one line per run."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        for result in results:
            case = (result.problem, result.strength, *result.setting)
            quality = (repr(result.objective), f"{result.suboptimality:.3e}", result.n_active)
            for repeat, seconds in enumerate(result.seconds, start=1):
                writer.writerow((*case, repeat, f"{seconds:.6f}", *quality))


def _format_time_and_setting(result: Result | None) -> str:
    return _ABSENT if result is None else f"{format_time(result.time)} ({result.setting.text})"


def _format_ratio_to(result: Result | None, ours: Result | None) -> str:
    return _ABSENT if result is None or ours is None else format_ratio(result.time / ours.time)
