"""What the figures of all experiments share: sizes, colours, marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Okabe and Ito's colours, which people with any colour vision tell apart, and a mark for each.
STYLES = {
    "gpdasc": ("#D55E00", "o"),
    "gomp": ("#0072B2", "s"),
    "l21": ("#777777", "v"),
    "mcp": ("#009E73", "D"),
}
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
