"""Wiggle traces with filled positive lobes."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array
from ...report.canvas import HIGHEST, WIDTH, make_figure, render_picture
from ...report.content import Picture
from ..positions import choose_evenly, choose_round_places

_MOST = 60
_GAIN = 1.6  # of the spacing between traces: how far the strongest samples reach
_QUANTILE = 0.995
_LINE = "#222222"
_SIDE = 0.6  # of the full size


def draw_wiggle_section(
    data: ArrayLike,
    sample_interval: float,
    *,
    title: str,
    detail: str = "",
    traces: ArrayLike | None = None,
    start_time: float = 0.0,
) -> Picture:
    """Draw a section as wiggles.

    Parameters
    ----------
    data : array_like, shape (trace, time)
        One shot; of more than 60 traces as many are drawn, evenly spaced. Dead
        traces, zero or NaN throughout, stay empty.
    sample_interval : float
        Seconds.
    title, detail : str
        The caption, and a line below it.
    traces : array_like of int, shape (trace,), optional
        What traces are called; by default 1, 2, ...
    start_time : float, default 0
        Seconds at the first sample.

    Returns
    -------
    Picture
        Time downwards in seconds, trace numbers on top, positive lobes black.

    Examples
    --------
    >>> draw_wiggle_section(np.eye(5, 50), 0.002, title="shot 1").caption
    'shot 1'
    """
    values = np.nan_to_num(np.asarray(data, dtype=float))
    names = np.arange(1, len(values) + 1) if traces is None else np.asarray(traces)
    shown = choose_evenly(len(values), _MOST)
    times = start_time + sample_interval * np.arange(values.shape[1])
    scale = _GAIN / (find_high_amplitude(values) or 1.0)
    figure = make_half_figure()
    axes = figure.subplots()
    _draw_wiggles(axes, np.clip(scale * values[shown], -2, 2), times)
    axes.set_ylim(*compute_time_limits(times, sample_interval))
    axes.set_xlim(-1.5, len(shown) + 0.5)
    ticks = choose_round_places(len(shown), 7)
    axes.set_xticks(ticks, [str(names[shown[tick]]) for tick in ticks])
    axes.xaxis.set_ticks_position("top")
    axes.xaxis.set_label_position("top")
    every = "" if len(shown) == len(values) else f" ({len(shown)} of {len(values)} drawn)"
    axes.set_xlabel(f"trace{every}")
    axes.set_ylabel("time (s)")
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
    """Return a trace with a point more wherever it goes through zero between two samples."""
    before = np.flatnonzero(trace[:-1] * trace[1:] < 0)
    share = trace[before] / (trace[before] - trace[before + 1])
    crossings = times[before] + share * (times[before + 1] - times[before])
    return np.insert(times, before + 1, crossings), np.insert(trace, before + 1, 0.0)


def make_half_figure() -> Figure:
    """Return an empty figure whose labels can be read where two stand side by side."""
    figure = make_figure(HIGHEST)
    figure.set_size_inches(_SIDE * WIDTH, _SIDE * HIGHEST)
    return figure


def compute_time_limits(times: Array, sample_interval: float) -> tuple[float, float]:
    """Return the limits of a time axis that goes down, half a sample beyond the record."""
    half = sample_interval / 2
    return float(times[-1]) + half, float(times[0]) - half


def find_high_amplitude(values: Array) -> float:
    """Return the magnitude that few samples exceed, zero if there is nothing."""
    magnitudes = np.abs(values[np.isfinite(values)])
    magnitudes = magnitudes[magnitudes > 0]
    return float(np.quantile(magnitudes, _QUANTILE)) if magnitudes.size else 0.0
