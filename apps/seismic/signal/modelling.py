"""Gathers from reflectors: spikes at arrival times, convolved with the wavelets of the shots.

A reflector with coefficient r at the arrival time tau adds ``r w(t - tau)`` to its trace. The sum
is taken in the Fourier domain, where shifts by fractions of a sample are exact:
``Y(f) = W(f) sum_i r_i exp(-2 pi i f tau_i)``. The cost is one exponential for every shot,
reflector, trace and frequency.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.fft import irfft, next_fast_len, rfft

from ....toolkit.arrays import Array, as_finite_array
from ....toolkit.checks import as_list, check_count, check_positive
from .gather_data import check_offsets
from .move_out import compute_travel_times


def model_gathers(
    horizons: ArrayLike,
    coefficients: ArrayLike,
    wavelets: Sequence[Array],
    *,
    sample_interval: float,
    n_samples: int,
    offsets: ArrayLike | None = None,
    velocities: ArrayLike | None = None,
) -> Array:
    """Return the gathers (shot, trace, time) of shots over layers, without noise, in float64.

    Parameters
    ----------
    horizons : array_like, shape (reflector, trace)
        Two-way vertical times of the reflectors in seconds; those outside the record are left out.
    coefficients : array_like, shape (shot, reflector, trace)
        Reflection coefficients, as each shot sees them.
    wavelets : sequence of ndarray
        One per shot, as for `model_arrivals`.
    sample_interval : float
        Seconds.
    n_samples : int
        The length of the record, which begins at time zero.
    offsets : array_like, shape (shot,) or (shot, trace), optional
        Metres. Without them, reflections are at their vertical times, as after move-out
        correction.
    velocities : array_like, scalar, shape (reflector,) or (reflector, trace), optional
        Root-mean-square velocities down to the reflectors, in metres per second; required with
        `offsets`.

    Examples
    --------
    One reflector at 0.4 s, seen at 0.5 s from 600 m:

    >>> y = model_gathers(
    ...     [[0.4]],
    ...     np.ones((2, 1, 1)),
    ...     [np.ones(1)] * 2,
    ...     sample_interval=0.002,
    ...     n_samples=300,
    ...     offsets=[0.0, 600.0],
    ...     velocities=2000.0,
    ... )
    >>> y.argmax(axis=-1).ravel()
    array([200, 250])
    """
    r = as_finite_array(coefficients, "coefficients")
    t = as_finite_array(horizons, "horizons")
    if r.ndim != 3 or t.shape != r.shape[1:]:
        raise ValueError(
            f"horizons must have shape (reflector, trace) and coefficients (shot, reflector, "
            f"trace), got {t.shape} and {r.shape}"
        )
    if (offsets is None) != (velocities is None):
        given, missing = ("velocities", "offsets") if offsets is None else ("offsets", "velocities")
        raise ValueError(f"{missing} are needed with {given}")
    times = np.broadcast_to(t, r.shape)
    if offsets is not None and velocities is not None:
        times = _compute_arrivals(t, offsets, velocities, r.shape)
        end = (n_samples - 1) * sample_interval
        if times.min() > end >= t.min():
            raise ValueError(
                f"velocities make move-out impossible: every reflection arrives after the "
                f"record's end at {end:g} s, the first one at {times.min():g} s"
            )
    return model_arrivals(times, r, wavelets, sample_interval=sample_interval, n_samples=n_samples)


def model_arrivals(
    times: ArrayLike,
    coefficients: ArrayLike,
    wavelets: Sequence[Array],
    *,
    sample_interval: float,
    n_samples: int,
) -> Array:
    """Return the records (shot, trace, time) of reflectors with given arrival times, in float64.

    Parameters
    ----------
    times, coefficients : array_like, shape (shot, reflector, trace)
        Arrival times in seconds, those outside the record are left out, and reflection
        coefficients.
    wavelets : sequence of ndarray
        One per shot, with time zero at ``n_lags // 2``: of shape (n_lags,), or (n_samples, n_lags)
        with row t for arrivals nearest to sample t.
    sample_interval, n_samples
        As for `model_gathers`.

    Examples
    --------
    >>> wavelets = [np.array([1.0, 2.0, 1.0])]
    >>> y = model_arrivals([[[0.004]]], [[[0.5]]], wavelets, sample_interval=0.002, n_samples=5)
    >>> np.abs(y.round(6))
    array([[[0. , 0.5, 1. , 0.5, 0. ]]])
    """
    check_positive("sample_interval", sample_interval)
    check_count("n_samples", n_samples)
    tau, r = as_finite_array(times, "times"), as_finite_array(coefficients, "coefficients")
    if tau.ndim != 3 or tau.shape != r.shape:
        raise ValueError(
            "times and coefficients must have the same shape (shot, reflector, trace), got "
            f"{tau.shape} and {r.shape}"
        )
    wavelets = as_list("wavelets", wavelets, "one wavelet per shot")
    if len(wavelets) != len(tau):
        raise ValueError(f"wavelets must be one for each of {len(tau)} shots, got {len(wavelets)}")
    return np.stack(
        [
            _model_gather(
                tau[shot],
                r[shot],
                _check_rows(wavelet, shot, n_samples),
                sample_interval,
                n_samples,
            )
            for shot, wavelet in enumerate(wavelets)
        ]
    )


def _compute_arrivals(
    horizons: Array, offsets: ArrayLike, velocities: ArrayLike, shape: tuple[int, ...]
) -> Array:
    """Return arrival times of shape (shot, reflector, trace)."""
    n_shots, n_reflectors, n_traces = shape
    x = check_offsets(offsets, n_shots, n_traces)
    v = as_finite_array(velocities, "velocities")
    if v.shape == (n_reflectors,):
        v = v[:, None]
    elif v.shape not in ((), (n_reflectors, n_traces)):
        raise ValueError(
            f"velocities must be one number or of shape {(n_reflectors,)} or "
            f"{(n_reflectors, n_traces)}, got {v.shape}"
        )
    return compute_travel_times(horizons, v, x[:, None, :])


def _model_gather(
    times: Array, coefficients: Array, rows: Array, sample_interval: float, n_samples: int
) -> Array:
    """Return the record (trace, time) of a shot from times and coefficients (reflector, trace)."""
    n_lags = rows.shape[1]
    n_fft = next_fast_len(n_samples + n_lags, real=True)
    omega = 2 * np.pi * np.fft.rfftfreq(n_fft)
    spectra = rfft(rows, n_fft, axis=1) * np.exp(1j * omega * (n_lags // 2))
    places = times / sample_interval
    # Half a rounding error beyond the last sample is still the last sample.
    seen = (places >= 0) & (places <= n_samples - 1 + 1e-6) & (coefficients != 0)
    total = np.zeros((times.shape[1], omega.size), dtype=complex)
    for place, coefficient, here in zip(places, coefficients, seen, strict=True):
        arrivals = coefficient[here, None] * np.exp(-1j * np.outer(place[here], omega))
        if len(spectra) > 1:
            arrivals *= spectra[np.rint(place[here]).astype(int)]
        total[here] += arrivals
    if len(spectra) == 1:
        total *= spectra[0]
    gather: Array = irfft(total, n_fft, axis=1)[:, :n_samples]
    return gather


def _check_rows(wavelet: Array, shot: int, n_samples: int) -> Array:
    """Return a wavelet as rows: one for all times, or one for every sample."""
    w = np.atleast_2d(as_finite_array(wavelet, f"wavelets[{shot}]"))
    if w.ndim != 2 or len(w) not in (1, n_samples) or w.dtype.kind == "c":
        raise ValueError(
            f"wavelets[{shot}] must be real of shape (n_lags,) or ({n_samples}, n_lags), got "
            f"{w.dtype} of shape {np.shape(wavelet)}"
        )
    if w.shape[1] > n_samples:
        raise ValueError(
            f"wavelets[{shot}] has {w.shape[1]} samples, longer than the record of {n_samples}"
        )
    return w.astype(np.float64, copy=False)
