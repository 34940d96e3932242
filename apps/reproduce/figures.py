"""What the figures of all experiments share: sizes, colours, marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...toolkit.arrays import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which people with any colour vision tell apart, and a mark for each.
STYLES = {
    "gpdasc": ("#D55E00", "o"),
    "gomp": ("#0072B2", "s"),
    "l21": ("#777777", "v"),
    "mcp": ("#009E73", "D"),
    "ow": ("#D55E00", "o"),
    "ra-ormp": ("#0072B2", "s"),
    "sa-music": ("#009E73", "D"),
    "sniht": ("#CC79A7", "^"),
}
_OTHERS = (("#E69F00", "P"), ("#56B4E9", "X"), ("#000000", "*"), ("#8C510A", "<"))
MAIN, SECOND, FAINT = "#D55E00", "#0072B2", "#999999"


def panels(n_columns: int, *, share_y: bool = True) -> tuple[Figure, list[Axes]]:
    """Return a figure with panels side by side.

    Parameters
    ----------
    n_columns : int
        How many.
    share_y : bool
        Whether all have one vertical axis.

    Returns
    -------
    Figure, list of Axes
        Without the lines at the top and the right.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2 * n_columns, 4.0), layout="constrained")
    grid = figure.subplots(1, n_columns, sharey=share_y, squeeze=False)
    axes: list[Axes] = list(grid[0])
    for one in axes:
        one.grid(which="major", color="#eeeeee")
        one.set_axisbelow(True)
        one.spines[["top", "right"]].set_visible(False)
    return figure, axes


def style_of(method: str, number: int) -> tuple[str, str]:
    """Return the colour and the mark of a method.

    Parameters
    ----------
    method : str
        A key of `STYLES`, or any other name.
    number : int
        Tells methods of other names apart.

    Returns
    -------
    str, str
        Colour and mark.
    """
    return STYLES.get(method, _OTHERS[number % len(_OTHERS)])


def draw_with_intervals(
    axes: Axes,
    x: Array,
    values: Array,
    interval: tuple[Array, Array],
    *,
    style: tuple[str, str],
    label: str,
) -> None:
    """Draw a curve with a vertical bar at every point.

    Parameters
    ----------
    axes : Axes
        Where.
    x, values : ndarray
        The points.
    interval : pair of ndarray
        Where bars begin and end.
    style : pair of str
        Colour and mark.
    label : str
        For the legend.
    """
    low, high = interval
    colour, marker = style
    axes.errorbar(
        x,
        values,
        # Rounding must not make a length negative.
        yerr=np.maximum((values - low, high - values), 0),
        color=colour,
        marker=marker,
        markersize=5,
        linewidth=1.3,
        elinewidth=0.6,
        label=label,
    )


def legend_below(figure: Figure, axes: Axes, *, n_columns: int = 4) -> None:
    """Put one legend below all panels.

    Parameters
    ----------
    figure : Figure
        The figure.
    axes : Axes
        The panel whose lines have the labels.
    n_columns : int
        Entries side by side.
    """
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=n_columns, frameon=False)
