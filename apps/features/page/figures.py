"""Curves of a report: errors and accuracies against the number of features."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullLocator, PercentFormatter, ScalarFormatter

from ....toolkit.arrays import Array
from ...report.canvas import WIDTH, format_label, make_figure, style_axes
from ...report.figure_style import FAINT, MAIN, SECOND
from ..separation import ALL, MAJORITY

# Okabe and Ito's colours in the order of methods, and a marker for each.
_COLOURS = (MAIN, SECOND, "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MARKS = "osD^vP*X<>"
# Below this share of the largest error, the bound is rounding error.
_NO_BOUND = 1e-6


def draw_errors(curve: pd.DataFrame, chosen: int | None = None) -> Figure:
    """Draw the error against the number of features and, if known, its excess over the bound.

    The first method of the curve is drawn on top; the number `chosen` is marked.
    """
    bound = find_bound(curve)
    figure = make_figure(4.6)
    panels = figure.subplots(1, 1 if bound is None else 2, squeeze=False)[0]
    methods = list(dict.fromkeys(curve["method"]))
    for number, method in reversed(list(enumerate(methods))):
        rows = curve[curve["method"] == method].sort_values("n_features")
        sizes, errors = rows["n_features"].to_numpy(), rows["rmse"].to_numpy(dtype=float)
        style = _choose_line_style(number, sizes)
        panels[0].plot(sizes, errors, label=format_label(method), zorder=4 - number / 100, **style)
        if bound is not None:
            above = 100 * (errors / bound.reindex(sizes).to_numpy() - 1)
            panels[1].plot(sizes, above, zorder=4 - number / 100, **style)
    _finish_errors(panels[0], "RMSE", chosen)
    if chosen is not None:
        _name_chosen(panels[0], chosen)
    if bound is not None:
        panels[0].fill_between(bound.index, bound, color="#e8e8e8", linewidth=0)
        panels[0].plot(
            bound.index, bound, color="#777777", linestyle="--", label="lower bound (SVD)"
        )
        top = _find_highest_excess(panels[1])
        _finish_errors(panels[1], "RMSE above the bound", chosen)
        panels[1].set_ylim(top=top)
        panels[1].yaxis.set_major_formatter(PercentFormatter(decimals=0, symbol=" %"))
    _draw_legend(figure, panels[0], [*methods, "lower bound (SVD)"])
    return figure


def find_bound(curve: pd.DataFrame) -> pd.Series | None:
    """Return the bound for every number of features where it exceeds rounding error, or None."""
    if "bound" not in curve:
        return None
    bound = curve.dropna(subset="bound").groupby("n_features")["bound"].min().astype(float)
    bound = bound[bound > _NO_BOUND * curve["rmse"].max()]
    return bound if len(bound) else None


def _find_highest_excess(axes: Axes) -> float:
    """Return the upper limit of a panel, so that few poor methods do not flatten the others."""
    highest = [float(np.nanmax(line.get_ydata(), initial=0.0)) for line in axes.get_lines()]
    return 1.05 * min(max(highest), 3 * float(np.median(highest))) or 1.0


def _finish_errors(axes: Axes, label: str, chosen: int | None) -> None:
    axes.set_xlabel("number of features")
    axes.set_ylabel(label)
    axes.set_ylim(bottom=0)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    style_axes(axes)
    if chosen is not None:
        axes.axvline(chosen, color="black", linewidth=0.9, linestyle=":", zorder=1)


def _name_chosen(axes: Axes, chosen: int) -> None:
    """Write the chosen number at the top, on the roomier side of its line."""
    left, right = axes.get_xlim()
    is_left = chosen <= (left + right) / 2
    axes.annotate(
        f"{chosen} chosen",
        (chosen, 1),
        xycoords=("data", "axes fraction"),
        xytext=(4 if is_left else -4, -2),
        textcoords="offset points",
        ha="left" if is_left else "right",
        va="top",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1},
    )


def draw_separation(separation: pd.DataFrame) -> Figure:
    """Draw accuracies against the number of features, one panel for each classifier.

    Bars are one standard error; lines show the baselines.
    """
    figure = make_figure(4.6)
    classifiers = list(dict.fromkeys(separation["classifier"]))
    panels = figure.subplots(1, len(classifiers), sharey=True, squeeze=False)[0]
    selectors = [name for name in dict.fromkeys(separation["selector"]) if name not in _LINES]
    for axes, classifier in zip(panels, classifiers, strict=True):
        rows = separation[separation["classifier"] == classifier]
        for number, (name, shift) in enumerate(_shift(selectors)):
            of_selector = rows[rows["selector"] == name].sort_values("n_features")
            axes.errorbar(
                of_selector["n_features"] * shift,
                of_selector["accuracy"],
                yerr=of_selector["standard_error"],
                label=format_label(name),
                elinewidth=0.8,
                **_choose_line_style(number, np.empty(0)),
            )
        _finish_separation(axes, rows, classifier)
    panels[0].set_ylabel("accuracy, cross-validated")
    _draw_legend(figure, panels[0], [*selectors, *_LINES])
    return figure


_LINES = {ALL: ("black", "--"), MAJORITY: (FAINT, ":")}


def _shift(names: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Yield names with the factors that move their error bars apart."""
    for number, name in enumerate(names):
        yield name, 1.025 ** (number - (len(names) - 1) / 2)


def _finish_separation(axes: Axes, rows: pd.DataFrame, classifier: str) -> None:
    for name, (colour, dashes) in _LINES.items():
        of_baseline = rows[rows["selector"] == name]
        if len(of_baseline):
            level = float(of_baseline["accuracy"].iloc[0])
            axes.axhline(level, color=colour, linestyle=dashes, linewidth=1.3, label=name, zorder=1)
    sizes = np.unique(rows.loc[~rows["selector"].isin(_LINES), "n_features"])
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(ScalarFormatter())
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(sizes)
    lowest = (rows["accuracy"] - rows["standard_error"]).min()
    axes.set_ylim(lowest - 0.03 * (1 - lowest), 1.01)
    axes.set_xlabel("number of features")
    axes.set_title(classifier, fontsize=11, loc="left")
    style_axes(axes)


def _choose_line_style(number: int, sizes: Array) -> dict[str, object]:
    """Return colour, marker and dashes of a method; at most about 12 points are marked."""
    return {
        "color": _COLOURS[number % len(_COLOURS)],
        "marker": _MARKS[number % len(_MARKS)],
        "linestyle": ("-", "-.", ":")[number // len(_COLOURS) % 3],
        "linewidth": 1.9 if number == 0 else 1.3,
        "markersize": 5,
        "markevery": max(1, sizes.size // 12),
    }


def _draw_legend(figure: Figure, axes: Axes, names: Sequence[str]) -> None:
    """Draw the legend below, in the order of names, with as many columns as their length allows."""
    entries = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    labels = [label for name in names if (label := format_label(name)) in entries]
    n_columns = int(WIDTH * 11 / (max(map(len, labels)) + 6))
    figure.legend(
        [entries[label] for label in labels],
        labels,
        loc="outside lower center",
        ncols=max(1, min(len(labels), n_columns)),
        frameon=False,
    )
