"""Bar charts of a report: the importance and the stability of the chosen features."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from ....toolkit.arrays import Array, IntArray
from ...report.canvas import format_label, make_figure, style_axes
from ...report.figure_style import FAINT, MAIN, SECOND

MOST_BARS, MOST_OTHERS = 40, 10
# More bars than this are drawn in two columns.
_ONE_COLUMN = 12


class _Bar(NamedTuple):
    """A bar and its name."""

    name: str
    value: float
    colour: str


def draw_scores(names: Sequence[str], scores: Array) -> Figure:
    """Draw the 40 largest scores of chosen features as bars, all others as their mean."""
    order = np.argsort(-scores, kind="stable")
    shown = order if order.size <= MOST_BARS else order[: MOST_BARS - 1]
    bars = [_Bar(format_label(names[place]), float(scores[place]), SECOND) for place in shown]
    rest = order[shown.size :]
    if rest.size:
        bars.append(_Bar(f"{rest.size} more (mean)", float(scores[rest].mean()), FAINT))
    return _draw_bars(bars, "score: norm of the feature's row of coefficients", None)


def draw_frequencies(names: Sequence[str], frequencies: Array, selected: IntArray) -> Figure:
    """Draw how often resampled data chose each feature, as at most 40 bars.

    These are the most frequent chosen features and, in grey, up to 10 of those not chosen.
    """
    others = np.setdiff1d(np.arange(frequencies.size), selected)
    others = others[frequencies[others] > 0]
    often = others[np.argsort(-frequencies[others], kind="stable")][:MOST_OTHERS]
    chosen = selected[np.argsort(-frequencies[selected], kind="stable")]
    shown = np.concatenate([chosen[: MOST_BARS - often.size], often])
    shown = shown[np.argsort(-frequencies[shown], kind="stable")]
    is_chosen = np.isin(shown, selected)
    bars = [
        _Bar(format_label(names[feature]), float(frequencies[feature]), MAIN if kept else FAINT)
        for feature, kept in zip(shown, is_chosen, strict=True)
    ]
    figure = _draw_bars(bars, "share of resampled data sets that chose the feature", (0.0, 1.0))
    handles = [Patch(color=MAIN, label="chosen")]
    if often.size:
        handles.append(Patch(color=FAINT, label="not chosen"))
    figure.legend(handles=handles, loc="outside upper right", ncols=2, frameon=False)
    return figure


def _draw_bars(bars: Sequence[_Bar], label: str, limits: tuple[float, float] | None) -> Figure:
    """Draw bars in one column, or in two of equal length."""
    n_columns = 1 if len(bars) <= _ONE_COLUMN else 2
    per_column = math.ceil(len(bars) / n_columns)
    figure = make_figure(1.1 + 0.24 * max(per_column, 3))
    panels = figure.subplots(1, n_columns, squeeze=False)[0]
    highest = max((bar.value for bar in bars), default=0.0)
    for number, axes in enumerate(panels):
        _draw_column(axes, bars[number * per_column : (number + 1) * per_column], per_column)
        axes.set_xlim(limits or (0, 1.02 * highest or 1.0))
    figure.supxlabel(label, fontsize=10)
    return figure


def _draw_column(axes: Axes, bars: Sequence[_Bar], n_places: int) -> None:
    places = np.arange(len(bars))
    axes.barh(places, [bar.value for bar in bars], color=[bar.colour for bar in bars], height=0.72)
    axes.set_yticks(places, [bar.name for bar in bars])
    axes.set_ylim(n_places - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    style_axes(axes)
    axes.grid(visible=False, axis="y")
