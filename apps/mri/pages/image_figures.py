"""Figures of a report: lines through the images, and the course of the iterations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ....toolkit.arrays import Array
from ...report.content import Picture
from ...report.figure_style import FAINT, MAIN, SECOND
from .image_rows import ImageViews, find_profile_row, list_channels

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# The names of histories on the page, and whether their axis is logarithmic.
_COURSES = {
    "threshold": ("threshold", True),
    "residual_norm": ("norm of the residual", True),
    "n_active": ("active groups", False),
    "objective": ("objective", True),
    "criterion": ("optimality criterion", True),
}
_LINE_STYLES = ((FAINT, 2.2), (SECOND, 0.8), (MAIN, 1.2))


def draw_profiles(views: ImageViews) -> Picture:
    """Return the values along one line of pixels, a panel for each channel."""
    from ...report.canvas import make_figure, render_picture, style_axes

    row = find_profile_row(views)
    channels = list_channels(views.known)
    styles = _LINE_STYLES[-len(views.known) :]
    figure = make_figure(1.0 + 2.0 * len(channels))
    panels = figure.subplots(len(channels), 1, sharex=True, squeeze=False)[:, 0]
    for channel, axes in zip(channels, panels, strict=True):
        for view, (colour, width) in zip(views.known, styles, strict=True):
            values = view.values[channel, row]
            axes.plot(values, color=colour, linewidth=width, label=view.name)
        axes.set_ylabel(f"channel {channel + 1}" if len(channels) > 1 else "value")
        axes.margins(x=0)
        style_axes(axes)
    panels[-1].set_xlabel("pixel")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3, frameon=False)
    return render_picture(figure, f"Values along the line y = {row}")


def draw_convergence(history: Mapping[str, Array], noise_level: float) -> Picture | None:
    """Return what the solver recorded at every iteration, the residual beside the noise.

    None where it recorded fewer than two values.
    """
    from ...report.canvas import make_figure, render_picture, style_axes

    names = [name for name in _COURSES if len(history.get(name, ())) > 1]
    if not names:
        return None
    figure = make_figure(3.2)
    panels = figure.subplots(1, len(names), squeeze=False)[0]
    for name, axes in zip(names, panels, strict=True):
        _draw_course(axes, name, np.asarray(history[name], float))
        if name == "residual_norm" and noise_level > 0:
            axes.axhline(noise_level, color=SECOND, linestyle="--", label="noise in the samples")
            axes.legend(frameon=False, fontsize=9)
        style_axes(axes)
    return render_picture(figure, "What the solver recorded")


def _draw_course(axes: Axes, name: str, values: Array) -> None:
    title, is_logarithmic = _COURSES[name]
    axes.plot(np.arange(1, len(values) + 1), values, color=MAIN, linewidth=1.4)
    if is_logarithmic and (values[np.isfinite(values)] > 0).all():
        axes.set_yscale("log")
    axes.set_title(title, fontsize=11)
    axes.set_xlabel("iteration")


def draw_sweep(strengths: Array, criterion: Array, chosen: int, name: str) -> Picture:
    """Return the criterion over the strengths that were tried, with a mark at the choice."""
    from ...report.canvas import make_figure, render_picture, style_axes

    figure = make_figure(3.2)
    axes = figure.subplots()
    axes.plot(strengths, criterion, color=SECOND, marker="o", markersize=5)
    axes.plot(strengths[chosen], criterion[chosen], "o", color=MAIN, markersize=11, label="chosen")
    axes.set_xscale("log")
    axes.set_xlabel("strength")
    axes.set_ylabel(name)
    axes.legend(frameon=False)
    style_axes(axes)
    return render_picture(figure, f"{name} over the strength; chosen: {strengths[chosen]:.3g}")
