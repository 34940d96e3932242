"""Noise for simulated data, white or confined to a band, of an exact level."""

from __future__ import annotations

import numpy as np
from scipy.fft import irfft, rfft

from ....toolkit.arrays import Array, as_real_array
from ....toolkit.checks import as_list, check_number, check_positive
from ....toolkit.randomness import RandomState, make_generator
from ....toolkit.short_text import shorten


def add_noise(
    data: Array,
    snr_db: float,
    *,
    band: tuple[float, float] | None = None,
    sample_interval: float | None = None,
    random_state: RandomState = None,
) -> tuple[Array, float]:
    """Return data with Gaussian noise, and the norm of the noise.

    Parameters
    ----------
    data : ndarray, shape (..., time)
        Real and without noise. Traces that are zero throughout are dead and stay so.
    snr_db : float
        ``10 log10(||data||^2 / ||noise||^2)`` over all data together, met exactly.
    band : tuple of 2 floats, optional
        The noise has energy only between these frequencies in hertz, equally at all of them;
        white by default.
    sample_interval : float, optional
        Seconds; required with `band`.
    random_state : int, Generator, RandomState or None
        The seed.

    Returns
    -------
    noisy : ndarray, shape of `data`
        In the precision of `data`.
    noise_level : float
        The norm of the noise.

    Raises
    ------
    ValueError
        If the data are zero throughout or not finite, or a number is out of range.

    Examples
    --------
    >>> noisy, level = add_noise(np.ones((2, 50)), 20.0, random_state=0)
    >>> round(level, 12), noisy.shape
    (1.0, (2, 50))
    """
    y = np.atleast_1d(as_real_array(data, "data"))
    check_number("snr_db", snr_db)
    live = y.any(axis=-1, keepdims=True)
    if not live.any():
        raise ValueError("data are zero throughout, so no signal-to-noise ratio can be met")
    rng = make_generator(random_state)
    noise = rng.standard_normal(y.shape)
    if band is not None:
        noise = _limit_to_band(noise, band, sample_interval)
    noise *= live
    level = float(np.linalg.norm(y.astype(np.float64)) * 10 ** (-snr_db / 20))
    noise *= level / np.linalg.norm(noise)
    return y + noise.astype(y.dtype), level


def _check_band(band: object) -> tuple[float, float]:
    """Return the two ends of a band; a `ValueError` if they are not two numbers."""
    ends = as_list("band", band, "two frequencies")
    if len(ends) != 2:
        raise ValueError(f"band must be two frequencies, got {shorten(band)}")
    for end in ends:
        check_number("band", end)
    return ends[0], ends[1]


def _limit_to_band(noise: Array, band: tuple[float, float], sample_interval: float | None) -> Array:
    """Return white noise without the frequencies outside a band."""
    if sample_interval is None:
        raise ValueError("sample_interval is needed for noise in a band of frequencies")
    check_positive("sample_interval", sample_interval)
    low, high = _check_band(band)
    nyquist = 0.5 / sample_interval
    if not 0 <= low < high <= nyquist:
        raise ValueError(
            f"band must satisfy 0 <= low < high <= {nyquist:g} Hz, the Nyquist frequency, "
            f"got {low:g} to {high:g} Hz"
        )
    n = noise.shape[-1]
    f = np.fft.rfftfreq(n, sample_interval)
    inside = (f >= low) & (f <= high)
    if not inside.any():
        raise ValueError(
            f"band from {low:g} to {high:g} Hz holds none of the frequencies of {n} samples, which "
            f"are {f[1] if n > 1 else 0:g} Hz apart"
        )
    result: Array = irfft(rfft(noise, axis=-1) * inside, n, axis=-1)
    return result
