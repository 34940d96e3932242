"""The heat map of a report: how chosen and dropped features are correlated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.figure import Figure

from ....toolkit.arrays import Array, IntArray
from ...report.canvas import format_label, make_figure
from .correlation import best_representatives

MOST_ROWS, MOST_COLUMNS = 25, 60


class Part(NamedTuple):
    """What part of the correlations is drawn.

    Attributes
    ----------
    rows : ndarray of int
        Places among the chosen features.
    columns : ndarray of int
        Dropped features, in groups by the row that represents them best, and in
        each by falling correlation.
    best : ndarray of int, shape (n_columns,)
        The row that represents each column best.
    n_dropped : int
        How many features the columns were taken from: dropped, not constant,
        and represented best by one of the rows.
    """

    rows: IntArray
    columns: IntArray
    best: IntArray
    n_dropped: int


def shown_part(correlation: Array, selected: IntArray) -> Part:
    """Return which correlations are drawn: all, or those that tell most.

    Parameters
    ----------
    correlation : ndarray, shape (n_selected, n_features)
        Of chosen with all features.
    selected : ndarray of int, shape (n_selected,)
        The chosen features, the most important first.

    Returns
    -------
    Part
        At most 25 rows, the first, and at most 60 columns: of more the 30
        that are represented best, and the 30 represented worst.

    Examples
    --------
    >>> correlation = np.array([[1, 0, 0.3, 0.8], [0, 1, -0.9, 0.1]])
    >>> shown_part(correlation, np.array([0, 1])).columns
    array([3, 2])
    """
    places = best_representatives(correlation, selected)
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
    return Part(rows, columns, places[columns], candidates.size)


def correlation_figure(
    correlation: Array, selected: IntArray, names: Sequence[str], part: Part
) -> Figure:
    """Draw the correlations of chosen (rows) with dropped features (columns).

    Parameters
    ----------
    correlation, selected
        As in :func:`shown_part`.
    names : sequence of str, length n_features
        Of all features.
    part : Part
        What is drawn.

    Returns
    -------
    Figure
        With a dot where a row represents a column best.
    """
    values = correlation[np.ix_(part.rows, part.columns)]
    longest = max((len(format_label(names[column])) for column in part.columns), default=0)
    size = _label_size(len(part.columns))
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


def _label_size(n_labels: int) -> float:
    """Return the size of letters at which so many upright labels do not overlap."""
    return 10 if n_labels <= 40 else 8
