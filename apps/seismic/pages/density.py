"""Variable-density sections: amplitudes as colours, spikes as coloured ticks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import Normalize
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array
from ...report.canvas import render_picture
from ...report.content import Picture
from .section_axes import SectionAxes, find_high_amplitude, label_traces, make_half_figure

_COLOURS = "RdBu"  # positive is blue, negative red
_SPARSE = 0.2  # a section with a smaller share of samples that are not zero holds spikes
_MISSING = "#bbbbbb"


def draw_density_section(
    data: ArrayLike,
    section: SectionAxes,
    *,
    title: str,
    detail: str = "",
    label: str = "amplitude",
    reflectors: Sequence[ArrayLike] | None = None,
    limit: float | None = None,
) -> Picture:
    """Draw one shot (trace, time) in colours: positive blue, negative red, NaN grey.

    If few samples are not zero, they are drawn as ticks, lest one falls between pixels. Black dots
    mark `reflectors`, the samples of every trace. `limit` is the amplitude of the deepest colours;
    by default one in 200 of the samples exceeds it. `label` is that of the colour bar.

    Examples
    --------
    >>> draw_density_section(np.eye(5, 50), SectionAxes(0.002), title="reflectivity").caption
    'reflectivity'
    """
    values = np.asarray(data, dtype=float)
    n_traces, n_samples = values.shape
    times, limits = section.compute_times(n_samples), section.compute_time_limits(n_samples)
    high = limit or find_high_amplitude(values) or 1.0
    norm = Normalize(-high, high)
    figure = make_half_figure()
    axes = figure.subplots()
    axes.set_facecolor(_MISSING if np.isnan(values).any() else "#f7f7f7")
    if np.count_nonzero(np.nan_to_num(values)) < _SPARSE * values.size:
        _draw_ticks(axes, values, times, norm)
    else:
        extent = (-0.5, n_traces - 0.5, *limits)
        axes.imshow(
            values.T, aspect="auto", extent=extent, cmap=_COLOURS, norm=norm, interpolation="auto"
        )
    for place, samples in enumerate(reflectors or []):
        where = times[np.asarray(samples, dtype=np.intp)]
        axes.plot(np.full(where.size, place), where, "k.", markersize=2.5)
    axes.set_xlim(-0.5, n_traces - 0.5)
    axes.set_ylim(*limits)
    label_traces(axes, section.number_traces(n_traces))
    figure.colorbar(ScalarMappable(norm, _COLOURS), ax=axes, label=label, extend="both", pad=0.01)
    return render_picture(figure, title, detail)


def _draw_ticks(axes: Axes, values: Array, times: Array, norm: Normalize) -> None:
    """Draw a short horizontal line at every sample that is not zero, the strongest on top."""
    trace, sample = np.nonzero(np.nan_to_num(values))
    strengths = values[trace, sample]
    order = np.argsort(np.abs(strengths))
    trace, sample, strengths = trace[order], sample[order], strengths[order]
    left, right = trace - 0.5, trace + 0.5
    at = times[sample]
    lines = np.stack([np.stack([left, at], axis=1), np.stack([right, at], axis=1)], axis=1)
    ticks = LineCollection(list(lines), linewidths=2.0, cmap=_COLOURS, norm=norm)
    ticks.set_array(strengths)
    axes.add_collection(ticks)
    for gone in np.flatnonzero(np.isnan(values).all(axis=1)):
        axes.axvspan(gone - 0.5, gone + 0.5, color=_MISSING, linewidth=0)
