"""The axes that all pictures of sections share: time downwards, trace numbers on top."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array
from ...report.canvas import HIGHEST, WIDTH, make_figure
from ..positions import choose_round_places

_QUANTILE = 0.995
_MOST_TICKS = 7
_SIDE = 0.6  # of the full size


@dataclass(frozen=True, eq=False)
class SectionAxes:
    """The axes of a section.

    Attributes
    ----------
    sample_interval : float
        Seconds.
    traces : array_like of int, optional
        The numbers of the traces; 1, 2, ... by default.
    start_time : float, default 0
        The time of the first sample in seconds.
    """

    sample_interval: float
    traces: ArrayLike | None = None
    start_time: float = 0.0

    def compute_times(self, n_samples: int) -> Array:
        """Return the times of the samples in seconds."""
        return self.start_time + self.sample_interval * np.arange(n_samples)

    def compute_time_limits(self, n_samples: int) -> tuple[float, float]:
        """Return the limits of a time axis that goes down, half a sample beyond the record."""
        times, half = self.compute_times(n_samples), self.sample_interval / 2
        return float(times[-1]) + half, float(times[0]) - half

    def number_traces(self, n_traces: int) -> Array:
        """Return the numbers of the traces."""
        return np.arange(1, n_traces + 1) if self.traces is None else np.asarray(self.traces)


def label_traces(axes: Axes, numbers: Array, label: str = "trace") -> None:
    """Put the numbers of the traces drawn at 0, 1, 2, ... on top, at round places."""
    ticks = choose_round_places(len(numbers), _MOST_TICKS)
    axes.set_xticks(ticks, [str(numbers[tick]) for tick in ticks])
    axes.xaxis.set_ticks_position("top")
    axes.xaxis.set_label_position("top")
    axes.set_xlabel(label)
    axes.set_ylabel("time (s)")


def make_half_figure() -> Figure:
    """Return an empty figure whose labels stay readable where two stand side by side."""
    figure = make_figure(HIGHEST)
    figure.set_size_inches(_SIDE * WIDTH, _SIDE * HIGHEST)
    return figure


def find_high_amplitude(values: Array) -> float:
    """Return the magnitude that one in 200 of the samples exceeds; 0 if all are zero or NaN."""
    magnitudes = np.abs(values[np.isfinite(values)])
    magnitudes = magnitudes[magnitudes > 0]
    return float(np.quantile(magnitudes, _QUANTILE)) if magnitudes.size else 0.0
