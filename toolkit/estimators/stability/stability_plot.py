"""Stability paths: how often each group is selected, from strong to weak penalties."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ...arrays import Array, IntArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito's colours, which people with any colour vision tell apart; each comes twice,
# the second time with dashes.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00")
_DASHES = ("-", (0, (4, 1.5)))
_MOST_NAMED = len(_COLOURS) * len(_DASHES)
_FAINT, _REST = "#C4C4C4", "#666666"


def plot_stability_path(
    selection: Any, ax: Axes | None = None, labels: Sequence[str] | None = None
) -> Axes:
    """Plot the frequency of every group along the path.

    Parameters
    ----------
    selection : StabilitySelection
        After `fit`.
    ax : matplotlib.axes.Axes, optional
        Where; in a figure of its own by default.
    labels : sequence of str, length n_groups, optional
        Names of the groups. By default those of the features if every group is
        one feature, else their numbers.

    Returns
    -------
    matplotlib.axes.Axes
        With selected groups in colour, the others in grey, and the threshold.

    Raises
    ------
    ValueError
        If there is another number of labels than of groups.

    Examples
    --------
    >>> from groupsparse.toolkit.estimators.regressors.group_omp import GroupOMPRegressor
    >>> from groupsparse.toolkit.estimators.stability.stability_selection import StabilitySelection
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((40, 8))
    >>> selection = StabilitySelection(
    ...     GroupOMPRegressor(groups=2), n_pairs=5, n_groups=2, random_state=0
    ... )
    >>> from matplotlib.figure import Figure
    >>> axes = plot_stability_path(selection.fit(X, X[:, 0]), Figure().subplots(), list("abcd"))
    >>> axes.get_xlabel()
    'number of groups taken'
    """
    names = _names(selection, labels)
    axes = _new_axes() if ax is None else ax
    steps, frequencies = _until_settled(selection)
    _draw_selected(axes, selection, steps, frequencies, names)
    _draw_others(axes, selection, steps, frequencies)
    threshold = f"threshold ({selection.threshold:.2f})"
    axes.axhline(
        selection.threshold, color="black", linestyle="--", linewidth=0.9, zorder=1, label=threshold
    )
    _finish(axes, selection, steps)
    return axes


def _names(selection: Any, labels: Sequence[str] | None) -> list[str]:
    """Return the names of all groups."""
    groups = selection.groups_
    if labels is not None:
        if len(labels) != groups.n_groups:
            raise ValueError(f"labels must be {groups.n_groups}, one per group, got {len(labels)}")
        return [str(label) for label in labels]
    if np.all(groups.sizes == 1):
        if hasattr(selection, "feature_names_in_"):
            return [str(name) for name in selection.feature_names_in_[groups.indices]]
        return [f"feature {feature}" for feature in groups.indices]
    return [f"group {number}" for number in range(groups.n_groups)]


def _new_axes() -> Axes:
    """Return axes of a figure with room for a legend beside them."""
    import matplotlib.pyplot as plt

    _, axes = plt.subplots(figsize=(7.0, 4.0), layout="constrained")
    return axes


def _until_settled(selection: Any) -> tuple[Array, Array]:
    """Return steps and frequencies up to where all halves have selected all they may."""
    frequencies = selection.path_frequencies_
    if not hasattr(selection, "alphas_"):
        return selection.n_groups_values_, frequencies
    steps = selection.alphas_
    changes = np.flatnonzero(np.any(frequencies != frequencies[-1], axis=1))
    end = min(len(steps), (changes[-1] if changes.size else 0) + 3)
    return steps[:end], frequencies[:end]


def _draw_others(axes: Axes, selection: Any, steps: Array, frequencies: Array) -> None:
    """Draw the groups that are sometimes selected, but too rarely, in grey."""
    from matplotlib.collections import LineCollection

    rare = (selection.frequencies_ > 0) & (selection.frequencies_ < selection.threshold)
    paths = [np.column_stack([steps, column]) for column in frequencies.T[rare]]
    if paths:
        lines = LineCollection(paths, colors=_FAINT, linewidths=0.8, label="not selected")
        axes.add_collection(lines)


def _draw_selected(
    axes: Axes, selection: Any, steps: Array, frequencies: Array, names: list[str]
) -> None:
    """Draw the selected groups; the most frequent have a colour each and a line in the legend."""
    selected = _most_stable_first(selection)
    for place, group in enumerate(selected):
        named = place < _MOST_NAMED
        dashes, colour = divmod(place, len(_COLOURS)) if named else (0, 0)
        label = f"{names[group]} ({selection.frequencies_[group]:.2f})" if named else None
        axes.plot(
            steps,
            frequencies[:, group],
            color=_COLOURS[colour] if named else _REST,
            linestyle=_DASHES[dashes],
            linewidth=1.6 if named else 1.0,
            label=label,
            zorder=3 if named else 2,
        )
    n_more = selected.size - _MOST_NAMED
    if n_more > 0:
        axes.plot([], [], color=_REST, linewidth=1.0, label=f"{n_more} more")


def _most_stable_first(selection: Any) -> IntArray:
    """Return the selected groups by frequency, and by how early they came."""
    selected = selection.selected_groups_
    earliness = selection.path_frequencies_[:, selected].sum(axis=0)
    order: IntArray = selected[np.lexsort((-earliness, -selection.frequencies_[selected]))]
    return order


def _finish(axes: Axes, selection: Any, steps: Array) -> None:
    """Set scales, labels and the legend."""
    from matplotlib.ticker import MaxNLocator

    if hasattr(selection, "alphas_"):
        axes.set_xlabel("strength alpha")
        _set_falling_log_scale(axes, steps)
    else:
        axes.set_xlabel("number of groups taken")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
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
