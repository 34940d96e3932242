"""Sizes, colours, markers and legends shared by the figures of all applications."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...toolkit.arrays import Array

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MAIN, SECOND, FAINT = "#D55E00", "#0072B2", "#999999"
# Okabe and Ito's colours, which people with any colour vision can distinguish, and a marker each.
METHOD_STYLES = {
    "gpdasc": ("#D55E00", "o"),
    "gomp": ("#0072B2", "s"),
    "l21": ("#777777", "v"),
    "mcp": ("#009E73", "D"),
    "ow": ("#D55E00", "o"),
    "ra-ormp": ("#0072B2", "s"),
    "sa-music": ("#009E73", "D"),
    "sniht": ("#CC79A7", "^"),
}
_OTHER_STYLES = (("#E69F00", "P"), ("#56B4E9", "X"), ("#000000", "*"), ("#8C510A", "<"))


def make_panels(n_columns: int, *, share_y: bool = True) -> tuple[Figure, list[Axes]]:
    """Return a figure with `n_columns` panels side by side, without top and right spines."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2 * n_columns, 4.0), layout="constrained")
    grid = figure.subplots(1, n_columns, sharey=share_y, squeeze=False)
    axes: list[Axes] = list(grid[0])
    for one in axes:
        one.grid(which="major", color="#eeeeee")
        one.set_axisbelow(True)
        one.spines[["top", "right"]].set_visible(False)
    return figure, axes


def choose_style(method: str, number: int) -> tuple[str, str]:
    """Return the colour and marker of a method; `number` chooses them if it has no style yet."""
    return METHOD_STYLES.get(method, _OTHER_STYLES[number % len(_OTHER_STYLES)])


def draw_with_intervals(
    axes: Axes,
    x: Array,
    values: Array,
    interval: tuple[Array, Array],
    *,
    style: tuple[str, str],
    label: str,
) -> None:
    """Draw a curve with a vertical bar from the low to the high end of `interval` at each point."""
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


def draw_legend_below(figure: Figure, axes: Axes, *, n_columns: int = 4) -> None:
    """Draw one legend, of the labelled curves in `axes`, below all panels of the figure."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=n_columns, frameon=False)
