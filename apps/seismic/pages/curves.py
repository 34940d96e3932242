"""Curves of scores against shots or noise, and of the resolved share of wedges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.ticker import NullLocator, PercentFormatter
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array
from ...report.canvas import make_figure, render_picture, style_axes
from ...report.content import Picture
from ...report.figure_style import MAIN, SECOND

COLOURS = (MAIN, SECOND, "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MARKS = "osD^vP*"


class Curve(NamedTuple):
    """A named curve of scores (n, n_draws) at the places x (n,)."""

    name: str
    x: ArrayLike
    scores: ArrayLike


def draw_score_curves(
    panels: Mapping[str, Sequence[Curve]],
    *,
    title: str,
    x_label: str,
    detail: str = "",
    y_label: str = "reflector F1, mean and quartiles",
    log_x: bool = False,
) -> Picture:
    """Draw means and quartiles of scores from 0 to 1, with a panel for each title in `panels`.

    With `log_x`, steps along x are factors. `detail` is a line below the caption `title`.

    Examples
    --------
    >>> curve = Curve("joint", [1, 2], [[0.6, 0.7], [0.8, 0.9]])
    >>> draw_score_curves({"": [curve]}, title="F1", x_label="shots").caption
    'F1'
    """
    figure = make_figure(4.4)
    axes_row = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    for axes, (name, curves) in zip(axes_row, panels.items(), strict=True):
        places: set[float] = set()
        for number, curve in enumerate(curves):
            x, scores = np.asarray(curve.x, float), np.asarray(curve.scores, float)
            colour, mark = COLOURS[number % len(COLOURS)], _MARKS[number % len(_MARKS)]
            low, high = np.quantile(scores, [0.25, 0.75], axis=1)
            axes.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)
            axes.plot(x, scores.mean(axis=1), color=colour, marker=mark, label=curve.name)
            places |= set(x.tolist())
        if log_x:
            axes.set_xscale("log")
            axes.xaxis.set_minor_locator(NullLocator())
        ticks = sorted(places)
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.set_ylim(0, 1)
        axes.set_title(name, fontsize=11)
        axes.set_xlabel(x_label)
        style_axes(axes)
    axes_row[0].set_ylabel(y_label)
    handles, labels = axes_row[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=5, frameon=False)
    return render_picture(figure, title, detail)


def draw_thickness_curves(
    shares: Mapping[str, Mapping[int, float]],
    sample_interval: float,
    *,
    tuning: float,
    title: str,
    detail: str = "",
) -> Picture:
    """Draw the share of wedges that are resolved, by thickness in samples, for every method.

    `tuning` is the tuning thickness in seconds of two-way time.

    Examples
    --------
    >>> shares = {"joint": {1: 0.2, 2: 1.0}}
    >>> draw_thickness_curves(shares, 0.002, tuning=0.013, title="wedge").caption
    'wedge'
    """
    figure = make_figure(4.0)
    axes = figure.subplots()
    for number, (name, curve) in enumerate(shares.items()):
        x: Array = 1e3 * sample_interval * np.array(list(curve))
        axes.plot(x, list(curve.values()), label=name, color=COLOURS[number], marker=_MARKS[number])
    axes.axvline(1e3 * tuning, color="#555555", linestyle="--", label="tuning thickness")
    axes.set_ylim(0, 1.04)
    axes.set_xlim(left=0)
    axes.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
    axes.set_xlabel("thickness, two-way time (ms)")
    axes.set_ylabel("both sides found")
    axes.legend(loc="lower right", frameon=False)
    style_axes(axes)
    return render_picture(figure, title, detail)
