"""Wavelets that change with travel time: constant-Q attenuation, with or without dispersion.

After the travel time t the amplitude at frequency f has fallen by ``exp(-pi f t / Q)``. In a causal
medium, high frequencies also travel faster than low ones, ``v(f) = v(f_ref) (1 + ln(f / f_ref) /
(pi Q))``. This rotates the phase by ``2 f (t / Q) ln(f / f_ref)``, the minimum-phase companion of
the loss.

References
----------
.. [1] H. Kolsky, "The propagation of stress pulses in viscoelastic solids",
   Philosophical Magazine 1(8), 1956.
.. [2] W. I. Futterman, "Dispersive body waves", Journal of Geophysical
   Research 67(13), 1962.
.. [3] K. Aki, P. G. Richards, Quantitative Seismology, 2nd ed., chapter 5.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.fft import irfft, next_fast_len, rfft

from ....toolkit.arrays import Array, as_finite_array, as_plain_array
from ....toolkit.checks import as_list, check_count, check_flag, check_positive


def attenuate(
    wavelet: Array,
    sample_interval: float,
    n_samples: int,
    quality: ArrayLike,
    *,
    dispersion: bool = False,
) -> Array:
    """Return the wavelet of a reflector at every time of a record.

    Parameters
    ----------
    wavelet : ndarray, shape (n_lags,)
        The wavelet at time zero, of odd length with time zero in the middle. Make it longer than
        necessary (a longer `duration`): it spreads with time, and is cut at its ends.
    sample_interval : float
        Seconds.
    n_samples : int
        The length of the record.
    quality : float or array_like, shape (n_samples,)
        Q, positive; one value per sample for the layers from there to the next sample.
    dispersion : bool, default False
        Whether the phase follows the loss, so that the medium is causal; the reference frequency is
        that of the peak of the amplitude spectrum. Otherwise the wavelet keeps its phase.

    Returns
    -------
    ndarray, shape (n_samples, n_lags)
        Row t is the wavelet of a reflector at sample t, in the precision of `wavelet`.

    Raises
    ------
    ValueError
        If the wavelet is not a real 1-D array of odd length, or a number is out of range.

    Examples
    --------
    >>> rows = attenuate(np.array([0.0, 1.0, 0.0]), 0.002, 100, 50.0)
    >>> rows.shape, bool(rows[99, 1] < rows[0, 1])
    ((100, 3), True)
    """
    w = _check_wavelet(wavelet)
    check_positive("sample_interval", sample_interval)
    check_count("n_samples", n_samples)
    check_flag("dispersion", dispersion)
    loss = _integrate_loss(quality, sample_interval, n_samples)
    # Zero padding keeps the attenuated wavelets, which are longer, from wrapping around.
    n_fft = next_fast_len(4 * w.size, real=True)
    spectrum = rfft(np.asarray(w, np.float64), n_fft)
    f = np.fft.rfftfreq(n_fft, sample_interval)
    exponent = -np.pi * np.outer(loss, f).astype(complex)
    if dispersion:
        relative = f / f[np.argmax(np.abs(spectrum))]
        relative[0] = 1.0  # the zero frequency has no phase
        exponent.imag = 2 * np.outer(loss, f * np.log(relative))
    # Shifted so that the filter acts about the middle sample, not the first.
    centring = np.exp(2j * np.pi * np.fft.rfftfreq(n_fft) * (w.size // 2))
    rows = irfft(spectrum * centring * np.exp(exponent), n_fft, axis=1)
    lags = np.arange(w.size) - w.size // 2
    result: Array = rows[:, lags].astype(w.dtype)
    return result


def attenuate_wavelets(
    wavelets: Sequence[Array], sample_interval: float, n_samples: int, quality: ArrayLike
) -> list[Array]:
    """Return the wavelets of several shots from `attenuate`, padded so that they can spread.

    Examples
    --------
    >>> [rows.shape for rows in attenuate_wavelets([np.ones(3), np.ones(9)], 0.002, 12, 50.0)]
    [(12, 5), (12, 11)]
    """
    check_count("n_samples", n_samples)
    rows = []
    for shot, wavelet in enumerate(as_list("wavelets", wavelets, "one wavelet per shot")):
        try:
            w = as_plain_array(wavelet, "wavelet")
            room = max(0, min(w.size // 2, (n_samples - w.size) // 2))
            rows.append(attenuate(np.pad(w, room), sample_interval, n_samples, quality))
        except ValueError as error:
            raise ValueError(f"wavelet of shot {shot} (counted from 0): {error}") from error
    return rows


def _check_wavelet(wavelet: Array) -> Array:
    w = as_finite_array(wavelet, "wavelet")
    if w.ndim != 1 or w.size % 2 == 0 or w.dtype.kind == "c":
        raise ValueError(
            f"wavelet must be real, 1-D and of odd length, got {w.dtype} of shape {w.shape}"
        )
    return w


def _integrate_loss(quality: ArrayLike, sample_interval: float, n_samples: int) -> Array:
    """Return the integral of 1 / Q from time zero to every sample."""
    q = as_finite_array(quality, "quality")
    if q.shape not in ((), (n_samples,)):
        raise ValueError(f"quality must be one number or {n_samples} of them, got shape {q.shape}")
    if not (q > 0).all():
        raise ValueError(f"quality must be positive, got {float(q.min()):g}")
    steps = np.full(n_samples, sample_interval) / q
    loss: Array = np.concatenate([[0.0], np.cumsum(steps[:-1])])
    return loss
