"""Recovered beside true reflectivity at one trace, as seismics are compared with well logs."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array
from ...report.canvas import make_figure, render_picture
from ...report.content import Picture
from ...report.figure_style import MAIN, SECOND
from ..positions import choose_evenly
from .section_axes import SectionAxes

_MOST = 6


def draw_well_overlay(
    truth: ArrayLike,
    recovered: ArrayLike,
    section: SectionAxes,
    *,
    title: str,
    detail: str = "",
    observed: ArrayLike | None = None,
) -> Picture:
    """Draw the reflectivities (shot, time) of at most six shots at one trace, a panel each.

    True coefficients are bars, recovered ones dots on stems. The `observed` traces are drawn behind
    in their own scale.

    Examples
    --------
    >>> spikes = np.zeros((2, 50))
    >>> spikes[:, 20] = 1.0
    >>> draw_well_overlay(spikes, 0.9 * spikes, SectionAxes(0.002), title="trace 1").caption
    'trace 1'
    """
    exact, found = np.asarray(truth, float), np.asarray(recovered, float)
    shots = choose_evenly(len(exact), _MOST)
    times = section.compute_times(exact.shape[1])
    high = 1.1 * max(float(np.abs(exact).max()), float(np.abs(found).max())) or 1.0
    figure = make_figure(5.0)
    panels = figure.subplots(1, len(shots), sharey=True, squeeze=False)[0]
    for panel, shot in zip(panels, shots, strict=True):
        if observed is not None:
            _draw_trace(panel, np.asarray(observed, float)[shot], times, high)
        _draw_sticks(panel, exact[shot], found[shot], times)
        panel.axvline(0, color="#888888", linewidth=0.5)
        panel.set_xlim(-high, high)
        panel.set_title(f"shot {shot + 1}", fontsize=10)
        panel.tick_params(labelsize=8)
    panels[0].set_ylim(*section.compute_time_limits(exact.shape[1]))
    panels[0].set_ylabel("time (s)")
    figure.supxlabel("reflection coefficient", fontsize="medium")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=3, frameon=False)
    return render_picture(figure, title, detail)


def _draw_sticks(axes: Axes, exact: Array, found: Array, times: Array) -> None:
    true, here = np.flatnonzero(exact), np.flatnonzero(found)
    axes.hlines(times[true], 0, exact[true], color=MAIN, linewidth=3.5, alpha=0.55, label="true")
    axes.hlines(times[here], 0, found[here], color=SECOND, linewidth=1.0)
    axes.plot(found[here], times[here], "o", color=SECOND, markersize=3.0, label="recovered")


def _draw_trace(axes: Axes, trace: Array, times: Array, high: float) -> None:
    largest = float(np.abs(trace).max()) or 1.0
    style: dict[str, Any] = {"color": "#bbbbbb", "linewidth": 0.8, "zorder": 0}
    axes.plot(0.9 * high * trace / largest, times, label="recorded (scaled)", **style)
