"""Wiggle traces with filled positive lobes."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array
from ...report.canvas import render_picture
from ...report.content import Picture
from ..positions import choose_evenly
from .section_axes import SectionAxes, find_high_amplitude, label_traces, make_half_figure

_MOST = 60
_GAIN = 1.6  # the reach of the strongest samples, in spacings between traces
_LINE = "#222222"


def draw_wiggle_section(
    data: ArrayLike, section: SectionAxes, *, title: str, detail: str = ""
) -> Picture:
    """Draw the traces (trace, time) of one shot as wiggles with black positive lobes.

    At most 60 evenly spaced traces are drawn. Dead traces, zero or NaN throughout, stay empty.

    Examples
    --------
    >>> draw_wiggle_section(np.eye(5, 50), SectionAxes(0.002), title="shot 1").caption
    'shot 1'
    """
    values = np.nan_to_num(np.asarray(data, dtype=float))
    n_traces, n_samples = values.shape
    shown = choose_evenly(n_traces, _MOST)
    scale = _GAIN / (find_high_amplitude(values) or 1.0)
    figure = make_half_figure()
    axes = figure.subplots()
    times = section.compute_times(n_samples)
    _draw_wiggles(axes, np.clip(scale * values[shown], -2, 2), times)
    axes.set_ylim(*section.compute_time_limits(n_samples))
    axes.set_xlim(-1.5, len(shown) + 0.5)
    every = "" if len(shown) == n_traces else f" ({len(shown)} of {n_traces} drawn)"
    label_traces(axes, section.number_traces(n_traces)[shown], f"trace{every}")
    return render_picture(figure, title, detail)


def _draw_wiggles(axes: Axes, traces: Array, times: Array) -> None:
    """Draw traces that are not zero throughout at 0, 1, 2, ..., with filled positive lobes."""
    lines, lobes = [], []
    for place, trace in enumerate(traces):
        if trace.any():
            t, x = _insert_crossings(times, trace)
            lines.append(np.stack([place + x, t], axis=1))
            lobe = np.stack([place + np.maximum(x, 0), t], axis=1)
            lobes.append(np.concatenate([[[place, t[0]]], lobe, [[place, t[-1]]]]))
    axes.add_collection(PolyCollection(lobes, facecolors=_LINE, linewidths=0))
    axes.add_collection(LineCollection(lines, colors=_LINE, linewidths=0.5))


def _insert_crossings(times: Array, trace: Array) -> tuple[Array, Array]:
    """Return times and samples with an added point at every zero crossing."""
    before = np.flatnonzero(trace[:-1] * trace[1:] < 0)
    share = trace[before] / (trace[before] - trace[before + 1])
    crossings = times[before] + share * (times[before + 1] - times[before])
    return np.insert(times, before + 1, crossings), np.insert(trace, before + 1, 0.0)
