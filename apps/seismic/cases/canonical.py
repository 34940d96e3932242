"""The canonical case: random reflectors, and a Ricker wavelet and strengths for every shot."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ....datasets.reflectivity import make_joint_reflectivity
from ....toolkit.arrays import Array, IntArray
from ....toolkit.randomness import RandomState, make_generator
from ..signal.added_noise import add_noise
from ..signal.wavelets import ricker

SAMPLE_INTERVAL = 0.002
_FREQUENCIES = (20.0, 40.0)


class Case(NamedTuple):
    """Shots (shot, time) over the same reflectors, with noise of a known norm, and their truth."""

    data: Array
    wavelets: list[Array]
    noise_level: float
    reflectivity: Array
    reflectors: IntArray


def make_case(
    n_shots: int = 8,
    snr_db: float = 10.0,
    *,
    polarity: str = "kept",
    random_state: RandomState = None,
) -> Case:
    """Simulate shots of 500 samples at 2 ms over 25 reflectors.

    Parameters
    ----------
    n_shots : int, default 8
        The number of shots, each with a Ricker wavelet of 20 to 40 Hz.
    snr_db : float, default 10
        The signal-to-noise ratio of the white noise over all shots.
    polarity : {"kept", "reversing"}, default "kept"
        Whether strengths change sign from the first shot to the last.
    random_state : int, Generator, RandomState or None
        The seed.

    Returns
    -------
    Case
        `data`, `wavelets`, `noise_level`, `reflectivity` and `reflectors`.

    Raises
    ------
    ValueError
        If a parameter is out of range.

    Examples
    --------
    >>> make_case(2, random_state=0).data.shape
    (2, 500)
    """
    rng = make_generator(random_state)
    truth = make_joint_reflectivity(n_shots, polarity=polarity, random_state=rng)
    wavelets = [
        ricker(frequency, SAMPLE_INTERVAL) for frequency in rng.uniform(*_FREQUENCIES, n_shots)
    ]
    clean = [
        np.convolve(spikes, wavelet, mode="same")
        for spikes, wavelet in zip(truth.reflectivity, wavelets, strict=True)
    ]
    data, noise_level = add_noise(np.array(clean), snr_db, random_state=rng)
    return Case(data, wavelets, noise_level, truth.reflectivity, truth.reflectors)
