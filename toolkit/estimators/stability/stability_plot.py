"""Stability paths: how often each group is selected, from strong to weak penalties."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from ...arrays import Array, IntArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's colours, which people with any colour vision can distinguish; each comes
# twice, the second time with dashes.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
_DASHES = ("-", (0, (4, 1.5)))
_MOST_NAMED = len(_COLOURS) * len(_DASHES)
_FAINT, _REST = "#C4C4C4", "#666666"


@dataclass(frozen=True)
class StabilityPath:
    """Frequencies of groups along a path, shape (n_steps, n_groups).

    Steps are strengths, or numbers of groups if `is_counted`; `names` are those of the groups.
    """

    steps: Array
    frequencies: Array
    threshold: float
    names: Sequence[str]
    is_counted: bool

    @property
    def selected(self) -> IntArray:
        """The selected groups by frequency, and by how early they came."""
        last = self.frequencies[-1]
        selected = np.flatnonzero(last >= self.threshold)
        earliness = self.frequencies[:, selected].sum(axis=0)
        order: IntArray = selected[np.lexsort((-earliness, -last[selected]))]
        return order

    def cut_settled(self) -> StabilityPath:
        """Return the path up to where all halves have selected all groups that they may."""
        if self.is_counted:
            return self
        changes = np.flatnonzero(np.any(self.frequencies != self.frequencies[-1], axis=1))
        end = min(len(self.steps), (changes[-1] if changes.size else 0) + 3)
        return replace(self, steps=self.steps[:end], frequencies=self.frequencies[:end])


def plot_stability_path(whole: StabilityPath, ax: Axes | None = None) -> Axes:
    """Plot the frequencies: selected groups in colour, the others in grey, and the threshold.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> path = StabilityPath(np.arange(1, 3), np.array([[0, 0.5], [1, 0.5]]), 0.9, "ab", True)
    >>> plot_stability_path(path, Figure().subplots()).get_xlabel()
    'number of groups taken'
    """
    axes = _make_axes() if ax is None else ax
    path = whole.cut_settled()
    _draw_selected(axes, path)
    _draw_others(axes, path)
    axes.axhline(
        path.threshold,
        color="black",
        linestyle="--",
        linewidth=0.9,
        zorder=1,
        label=f"threshold ({path.threshold:.2f})",
    )
    _set_scales_and_legend(axes, path)
    return axes


def _make_axes() -> Axes:
    """Return axes of a figure with room for a legend beside them."""
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(figsize=(7.0, 4.0), layout="constrained")
    return axes


def _draw_others(axes: Axes, path: StabilityPath) -> None:
    """Draw the groups that are sometimes selected, but too rarely, in grey."""
    from matplotlib.collections import LineCollection

    last = path.frequencies[-1]
    rare = path.frequencies.T[(last > 0) & (last < path.threshold)]
    lines = [np.column_stack([path.steps, column]) for column in rare]
    if lines:
        axes.add_collection(
            LineCollection(lines, colors=_FAINT, linewidths=0.8, label="not selected")
        )


def _draw_selected(axes: Axes, path: StabilityPath) -> None:
    """Draw the selected groups; the most frequent have a colour each and a line in the legend."""
    selected = path.selected
    for place, group in enumerate(selected):
        named = place < _MOST_NAMED
        dashes, colour = divmod(place, len(_COLOURS)) if named else (0, 0)
        label = f"{path.names[group]} ({path.frequencies[-1, group]:.2f})" if named else None
        axes.plot(
            path.steps,
            path.frequencies[:, group],
            color=_COLOURS[colour] if named else _REST,
            linestyle=_DASHES[dashes],
            linewidth=1.6 if named else 1.0,
            label=label,
            zorder=3 if named else 2,
        )
    n_more = selected.size - _MOST_NAMED
    if n_more > 0:
        axes.plot([], [], color=_REST, linewidth=1.0, label=f"{n_more} more")


def _set_scales_and_legend(axes: Axes, path: StabilityPath) -> None:
    from matplotlib.ticker import MaxNLocator

    if path.is_counted:
        axes.set_xlabel("number of groups taken")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    else:
        axes.set_xlabel("strength alpha")
        _set_falling_log_scale(axes, path.steps)
    axes.set_ylabel("share of halves that selected the group")
    axes.set_ylim(0, 1.02)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(
        title="group (frequency)", loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False
    )


def _set_falling_log_scale(axes: Axes, steps: Array) -> None:
    """Let strengths fall to the right, with plain numbers at the ticks."""
    from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

    axes.set_xscale("log")
    is_short = steps[0] < 30 * steps[-1]
    axes.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if is_short else (1.0,)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    if steps.size > 1:
        axes.set_xlim(steps[0], steps[-1])
