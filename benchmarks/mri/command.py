"""The sub-command: the best of every rival over its strengths, and ours as it is."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from functools import partial
from statistics import mean, median

from threadpoolctl import threadpool_limits

from groupsparse.toolkit.arrays import Array

from ..arguments import make_names_parser, parse_count
from ..packages import describe_versions, explain_missing
from ..tables import format_table, format_time
from . import bart_tool
from .adapters import ENTRANTS
from .cases import KINDS, MASKS, Case, make_case
from .slices import SLICES

NAME = "mri"
SUMMARY = "Contrasts and coils of real slices beside sigpy, BART and PyLops: quality and time."

# From which the search for the best strength starts, and the factor between neighbours.
_FIRST, _FACTOR, _MOST = 3e-3, 2.0, 9

Run = Callable[[float], tuple[Array, float]]


def add_arguments(parser: ArgumentParser) -> None:
    """Add the options."""
    for option, known in (("kinds", KINDS), ("slices", SLICES), ("masks", MASKS)):
        parser.add_argument(
            f"--{option}",
            type=make_names_parser(known, option[:-1]),
            default=",".join(known),
            metavar="NAMES",
        )
    parser.add_argument(
        "--packages",
        type=make_names_parser(ENTRANTS, "package"),
        default=",".join(ENTRANTS),
        metavar="NAMES",
    )
    parser.add_argument(
        "--methods", default="default", metavar="NAMES", help="of groupsparse, by their names"
    )
    parser.add_argument("--threads", type=parse_count, default=1, help="of every package")
    parser.add_argument("--repeats", type=parse_count, default=3, help="of which the median counts")


def run(arguments: Namespace) -> None:
    """Measure and print."""
    packages = _report_packages(arguments.packages)
    methods = {"groupsparse": arguments.methods.split(",")}
    entries = [
        (name, wavelet) for name in packages for wavelet in methods.get(name, ENTRANTS[name][1])
    ]
    with threadpool_limits(arguments.threads):
        for kind in arguments.kinds:
            results = []
            for slice_name in arguments.slices:
                for mask_name in arguments.masks:
                    case = make_case(kind, slice_name, mask_name)
                    print(f"measuring {case.name}", file=sys.stderr)
                    result = _measure(case, entries, arguments)
                    print(_describe(case, result), flush=True)
                    results.append(result)
            print(_summarise(kind, results), flush=True)


def _report_packages(packages: list[str]) -> list[str]:
    """Print versions and what is missing; return the packages that can run."""
    version = bart_tool.find_version()
    reasons = {name: explain_missing(name) for name in packages if name != "bart"}
    present = [name for name, reason in reasons.items() if reason is None]
    print(f"{describe_versions(present)}; BART {version or 'not installed'}")
    for name, reason in reasons.items():
        if reason is not None:
            print(f"{name}: {reason}")
    return [name for name in packages if name in present or (name == "bart" and version)]


Result = dict[tuple[str, str], tuple[float, float, float]]  # PSNR, seconds, strength


def _measure(case: Case, entries: list[tuple[str, str]], arguments: Namespace) -> Result:
    """Return the PSNR, the median of seconds and the strength of every entry."""
    found: Result = {}
    runs: dict[tuple[str, str], Run] = {}
    for name, wavelet in entries:
        if case.has_coils and name == "pylops":
            continue
        run_once = partial(ENTRANTS[name][0], case, wavelet=wavelet, n_threads=arguments.threads)
        runs[name, wavelet] = run_once
        if name == "groupsparse":
            found[name, wavelet] = (case.score(run_once(0.0)[0]), 0.0, 0.0)
        else:
            quality, strength = _find_best(case, run_once)
            found[name, wavelet] = (quality, 0.0, strength)
    times: dict[tuple[str, str], list[float]] = {key: [] for key in runs}
    for _ in range(arguments.repeats):  # in turns, so that other load affects all alike
        for key, run_once in runs.items():
            times[key].append(run_once(found[key][2])[1])
    return {key: (found[key][0], median(times[key]), found[key][2]) for key in runs}


def _find_best(case: Case, run_once: Run) -> tuple[float, float]:
    """Return the best PSNR over strengths in geometric order, and its strength."""
    scores: dict[int, float] = {}

    def score(step: int) -> float:
        if step not in scores:
            scores[step] = case.score(run_once(_FIRST * _FACTOR**step)[0])
        return scores[step]

    best = 0
    direction = 1 if score(1) > score(0) else -1
    while len(scores) < _MOST and score(best + direction) > score(best):
        best += direction
    return scores[best], _FIRST * _FACTOR**best


def _describe(case: Case, result: Result) -> str:
    """Return a table with a row for every entry."""
    rows = [
        [
            name,
            wavelet,
            f"{quality:.2f}",
            format_time(seconds),
            f"{strength:.2g}" if strength else "-",
        ]
        for (name, wavelet), (quality, seconds, strength) in result.items()
    ]
    table = format_table(["package", "setting", "PSNR", "time", "strength"], rows, 2)
    return f"\n{case.name}\n{table}"


def _summarise(kind: str, results: list[Result]) -> str:
    """Return how far ours is above the best setting of every rival, in dB, and how much faster."""
    lines = [f"\n{kind}: the first setting of groupsparse beside each rival's best"]
    ours_key = next((key for key in results[0] if key[0] == "groupsparse"), None)
    for rival in dict.fromkeys(name for name, _ in results[0] if name != "groupsparse"):
        if ours_key is None:
            break
        gains, ratios = [], []
        for result in results:
            best = max(value for (name, _), value in result.items() if name == rival)
            gains.append(result[ours_key][0] - best[0])
            ratios.append(best[1] / result[ours_key][1])
        lines.append(
            f"{rival}: mean {mean(gains):+.2f} dB, least {min(gains):+.2f} dB; "
            f"its time {min(ratios):.1f} to {max(ratios):.1f} times ours"
        )
    return "\n".join(lines)
