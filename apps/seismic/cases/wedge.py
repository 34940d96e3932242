"""A wedge under several shots: two reflectors that diverge from trace to trace."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ....toolkit.arrays import Array, IntArray
from ....toolkit.checks import check_count, check_not_negative, check_positive
from ....toolkit.randomness import RandomState, make_generator
from ..signal.added_noise import add_noise
from ..signal.wavelets import ricker
from .canonical import SAMPLE_INTERVAL

_N_SAMPLES, _TOP = 100, 40
_FREQUENCIES = (20.0, 40.0)


class WedgeCase(NamedTuple):
    """Shots (shot, trace, time) over a wedge, and their truth; `tops` and `bases` are samples."""

    data: Array
    wavelets: list[Array]
    noise_level: float
    reflectivity: Array
    tops: IntArray
    bases: IntArray


def make_wedge_case(
    n_shots: int = 8,
    snr_db: float = 20.0,
    *,
    max_thickness: int = 16,
    variation: float = 0.5,
    random_state: RandomState = None,
) -> WedgeCase:
    """Simulate a wedge at 2 ms whose top and base have opposite polarity.

    Shots have Ricker wavelets of 20 to 40 Hz and white noise, and there is a trace for every
    thickness from 1 sample to `max_thickness`. Coefficients are 1 and -1, times ``1 + variation *
    N(0, 1)``, drawn independently for every shot and trace.

    Examples
    --------
    >>> make_wedge_case(random_state=0).data.shape
    (8, 16, 100)
    """
    check_count("n_shots", n_shots)
    check_count("max_thickness", max_thickness)
    check_not_negative("variation", variation)
    if max_thickness >= _N_SAMPLES - _TOP:
        raise ValueError(
            f"max_thickness must be below {_N_SAMPLES - _TOP} samples, got {max_thickness}"
        )
    rng = make_generator(random_state)
    wavelets = [ricker(f, SAMPLE_INTERVAL) for f in rng.uniform(*_FREQUENCIES, n_shots)]
    traces = np.arange(max_thickness)
    tops = np.full(max_thickness, _TOP)
    bases = tops + 1 + traces
    factors = 1 + variation * rng.standard_normal((2, n_shots, max_thickness))
    reflectivity = np.zeros((n_shots, max_thickness, _N_SAMPLES))
    reflectivity[:, traces, tops], reflectivity[:, traces, bases] = factors[0], -factors[1]
    clean = np.array(
        [
            [np.convolve(trace, wavelet, mode="same") for trace in gather]
            for gather, wavelet in zip(reflectivity, wavelets, strict=True)
        ]
    )
    data, noise_level = add_noise(clean, snr_db, random_state=rng)
    return WedgeCase(data, wavelets, noise_level, reflectivity, tops, bases)


def find_tuning_thickness(frequency: float) -> float:
    """Return the two-way time in seconds below which the reflections of a Ricker wavelet merge.

    From the peak of the wavelet to its trough, ``sqrt(6) / (2 pi f)`` (Chung and Lawton, 1995).

    Examples
    --------
    >>> round(find_tuning_thickness(30.0), 4)
    0.013
    """
    check_positive("frequency", frequency)
    return float(np.sqrt(6) / (2 * np.pi * frequency))
