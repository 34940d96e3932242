"""The heat map of a report: correlations of chosen with dropped features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from ....toolkit.arrays import Array, IntArray
from ...report.canvas import format_label, make_figure
from .correlation import find_representatives

MOST_ROWS, MOST_COLUMNS = 25, 60


class HeatMapPart(NamedTuple):
    """The part of the correlations that is drawn.

    `rows` are places among the chosen features; `columns` are dropped features, grouped by the row
    `best` that represents them best and sorted by falling correlation, taken from the `n_dropped`
    that vary and are represented best by one of the rows.
    """

    rows: IntArray
    columns: IntArray
    best: IntArray
    n_dropped: int


def choose_part(correlation: Array, selected: IntArray) -> HeatMapPart:
    """Return the correlations to draw: at most 25 rows, the first, and at most 60 columns.

    Of more columns, the 30 represented best and the 30 represented worst are drawn. `correlation`
    has shape (n_selected, n_features); `selected` lists the most important feature first.

    >>> correlation = np.array([[1, 0, 0.3, 0.8], [0, 1, -0.9, 0.1]])
    >>> choose_part(correlation, np.array([0, 1])).columns
    array([3, 2])
    """
    places = find_representatives(correlation, selected)
    rows = np.arange(min(selected.size, MOST_ROWS))
    candidates = np.flatnonzero((places >= 0) & (places < rows.size))
    strength = np.abs(correlation[places[candidates], candidates])
    order = np.argsort(-strength, kind="stable")
    if order.size > MOST_COLUMNS:
        half = MOST_COLUMNS // 2
        order = np.concatenate([order[:half], order[-half:]])
    columns = candidates[order]
    grouped = np.argsort(places[columns], kind="stable")
    columns = columns[grouped]
    return HeatMapPart(rows, columns, places[columns], candidates.size)


def draw_correlations(
    correlation: Array, selected: IntArray, names: Sequence[str], part: HeatMapPart
) -> Figure:
    """Draw correlations of chosen (rows) with dropped features; dots mark the best row."""
    values = correlation[np.ix_(part.rows, part.columns)]
    longest = max((len(format_label(names[column])) for column in part.columns), default=0)
    size = _choose_label_size(len(part.columns))
    figure = make_figure(1.0 + longest * size * 0.0086 + 0.2 * max(len(part.rows), 6))
    axes = figure.subplots()
    image = axes.imshow(values, cmap="RdBu_r", vmin=-1, vmax=1, aspect="auto", origin="upper")
    axes.scatter(
        np.arange(len(part.columns)), part.best, s=13, c="black", edgecolors="white", linewidths=0.7
    )
    axes.set_xticks(np.arange(len(part.columns)), [format_label(names[i]) for i in part.columns])
    axes.tick_params(axis="x", labelrotation=90, labelsize=size, length=2)
    axes.set_yticks(part.rows, [format_label(names[selected[place]]) for place in part.rows])
    axes.tick_params(axis="y", labelsize=10 if len(part.rows) <= 18 else 8.5, length=2)
    axes.set_ylabel("chosen")
    axes.set_xlabel("dropped")
    figure.colorbar(image, ax=axes, label="correlation", pad=0.01, fraction=0.04, aspect=30)
    return figure


def _choose_label_size(n_labels: int) -> float:
    """Return the font size at which so many upright labels do not overlap."""
    return 10 if n_labels <= 40 else 8
