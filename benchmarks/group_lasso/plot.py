"""A plot of suboptimality against time, with one panel for each case."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, LogLocator, NullFormatter

from .cases import PATH
from .results import TARGET, Result

# Okabe and Ito's colours, which are distinct for any colour vision.
_COLOURS = ("#000000", "#777777", "#0072B2", "#E69F00", "#D55E00", "#009E73", "#CC79A7", "#56B4E9")
_MARKERS = "osD^vPX*"
_DASHES = ("--", ":", "-.")  # a solver's further variants; its first one is a solid line
_FLOOR = 1e-16  # stands for zero on a logarithmic axis


def write_plot(results: Sequence[Result], path: Path) -> None:
    """Draw problems as rows and strengths as columns."""
    problems = list(dict.fromkeys(result.problem for result in results))
    strengths = list(dict.fromkeys(result.strength for result in results))
    size = (0.6 + 4.4 * len(strengths), 0.9 + 3.4 * len(problems))
    figure = Figure(figsize=size, layout="constrained")
    panels = figure.subplots(len(problems), len(strengths), sharey=True, squeeze=False)
    lines = list(dict.fromkeys(_identify_line(result) for result in results))
    for row, problem in zip(panels, problems, strict=True):
        for axes, strength in zip(row, strengths, strict=True):
            here = [r for r in results if (r.problem, r.strength) == (problem, strength)]
            _draw(axes, here, lines)
            axes.set_title(f"{problem}, {_label_strength(strength)}", fontsize=10)
        row[0].set_ylabel("relative suboptimality")
    for axes in panels[-1]:
        axes.set_xlabel("time")
    handles = {
        h.get_label(): h for axes in panels.flat for h in axes.get_legend_handles_labels()[0]
    }
    figure.legend(
        handles.values(), handles.keys(), loc="outside lower center", ncols=4, frameon=False
    )
    figure.savefig(path, dpi=150)


def _draw(axes: Axes, results: Sequence[Result], lines: Sequence[tuple[str, str]]) -> None:
    solvers = list(dict.fromkeys(solver for solver, _ in lines))
    variants = sorted({variant for _, variant in lines if variant})
    for solver, variant in lines:
        points = [result for result in results if _identify_line(result) == (solver, variant)]
        if not points:
            continue
        index = solvers.index(solver)
        axes.loglog(
            [point.time for point in points],
            [max(point.suboptimality, _FLOOR) for point in points],
            color=_COLOURS[index % len(_COLOURS)],
            marker=_MARKERS[index % len(_MARKERS)],
            linestyle=_DASHES[variants.index(variant) % len(_DASHES)] if variant else "-",
            markersize=5,
            markerfacecolor="white" if variant else None,
            label=f"{solver}, {variant}" if variant else solver,
        )
    axes.axhline(TARGET, color="#999999", linewidth=1.5, zorder=0, label=f"target, {TARGET:.0e}")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.xaxis.set_major_formatter(EngFormatter(unit="s"))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(which="major", color="#eeeeee")
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _identify_line(result: Result) -> tuple[str, str]:
    return result.setting.solver, result.setting.variant


def _label_strength(strength: str) -> str:
    return "path of 100" if strength == PATH else rf"$\alpha = {strength}\,\alpha_{{\max}}$"
