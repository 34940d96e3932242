"""The white noise of every shot in seismic data, from frequencies at which no wavelet has energy.

The record of a trace is a reflectivity convolved with a wavelet, so where the spectrum of the
wavelet vanishes there is only noise. Periodograms are taken with five Slepian tapers each [1]_,
which keep strong signal from leaking into the quiet band. Their median over quiet frequencies and
traces, divided by that of a chi-squared variable, is the power of the noise at one frequency, and
white noise has the same power at all of them. The median tolerates a few frequencies that hold
something else, such as mains hum.

Of coloured noise only the part in the quiet band is seen, which says nothing about its level in the
band of the signal: for noise that is confined to the band of the wavelets the estimate is zero.

A spike has energy at all frequencies. Where there may be some, traces are filtered to the quiet
band instead, smoothly, so that a spike stays near its place; the median of magnitudes over time
tolerates those places.

References
----------
.. [1] D. J. Thomson, "Spectrum estimation and harmonic analysis", Proceedings
   of the IEEE 70(9), 1982.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from scipy.fft import irfft, rfft
from scipy.ndimage import distance_transform_edt
from scipy.signal.windows import dpss
from scipy.stats import chi2

from ....toolkit.arrays import Array, as_finite_array, squared_magnitude
from ....toolkit.checks import as_list
from ....toolkit.noise import estimate_noise
from ...terminal.hints import blame
from .gather_data import check_gathers

# Wide tapers vanish at the record's ends, where wavelets are cut off and would leak most.
_BANDWIDTH = 5
_N_TAPERS = 5
# A frequency is quiet if the amplitude of the wavelet is below this fraction of its peak; the
# strictest level that leaves enough frequencies is used.
_QUIET_LEVELS = (1e-3, 3e-3, 1e-2)
_LEAST_SHARE = 0.1
# Without wavelets: the assumed end of the signal, as a fraction of the Nyquist frequency.
_SIGNAL_BAND = 0.7
_SLOPE = 0.1  # of the filter to the quiet band, as a fraction of the Nyquist frequency
_ERROR = 0.65  # relative, of an estimate from one quiet frequency of one trace
_ALIKE = 3.0  # errors by which shots of equal noise may differ


def estimate_noise_level(data: Array, wavelets: Sequence[Array] | None = None) -> float:
    """Return the norm of the white noise in all data together.

    Parameters
    ----------
    data : ndarray, shape (shot, trace, time) or (shot, time)
        Real. Traces that are zero throughout hold no noise and do not count.
    wavelets : sequence of ndarray, optional
        One per shot, (n_lags,) or (n_samples, n_lags). Without them the top 30 per cent of the
        frequencies are taken to hold no signal. Leave out wavelets that were estimated from the
        same data: they vanish where the noise happened to be weak, and would make the level about a
        tenth too low.

    Returns
    -------
    float
        Accurate to a few per cent for a few thousand samples.

    Raises
    ------
    ValueError
        If shapes do not fit, values are not finite, all traces are dead, the record is too short,
        or a wavelet leaves no frequency without signal.

    Examples
    --------
    >>> noise = np.random.default_rng(0).standard_normal((8, 500))
    >>> round(estimate_noise_level(noise) / float(np.linalg.norm(noise)), 1)
    1.0
    """
    square, n_live = 0.0, 0
    for live, quiet in _select_quiet(data, wavelets):
        if len(live):
            square += _estimate_deviation(live, quiet)[0] ** 2 * live.size
            n_live += len(live)
    _check_alive(n_live)
    return float(np.sqrt(square))


def estimate_deviations(
    data: Array, wavelets: Sequence[Array] | None = None, *, robust: bool = False
) -> Array:
    """Return the standard deviation of the white noise of every shot.

    Shots whose estimates do not differ significantly share one.

    Parameters
    ----------
    data, wavelets
        As for `estimate_noise_level`.
    robust : bool, default False
        Whether a few samples may be spikes; without any, estimates are then a little less accurate.

    Returns
    -------
    ndarray of float, shape (shot,)
        A shot without a live trace has a value that others have.

    Raises
    ------
    ValueError
        As for `estimate_noise_level`.

    Examples
    --------
    >>> noise = np.random.default_rng(0).standard_normal((8, 500))
    >>> noise[2] *= 3
    >>> estimate_deviations(noise).round()
    array([1., 1., 3., 1., 1., 1., 1., 1.])
    """
    estimate = _estimate_beside_spikes if robust else _estimate_deviation
    counts, deviations, errors = [], [], []
    for live, quiet in _select_quiet(data, wavelets):
        deviation, n_quiet = estimate(live, quiet) if len(live) else (0.0, 1.0)
        counts.append(len(live))
        deviations.append(deviation)
        errors.append(_ERROR / np.sqrt(max(1, len(live)) * n_quiet))
    _check_alive(sum(counts))
    return pool_alike(np.array(deviations), np.array(errors), np.array(counts))


def pool_alike(deviations: Array, errors: Array, n_live: Array) -> Array:
    """Return standard deviations of which those that do not differ from the median share one.

    `errors` are relative, and `n_live` are the numbers of live traces of the shots.

    >>> pool_alike(np.array([1.0, 1.1, 5.0, 0.0]), np.full(4, 0.1), np.array([1, 1, 1, 0])).round(2)
    array([1.05, 1.05, 5.  , 1.05])
    """
    is_live = n_live > 0
    typical = float(np.median(deviations[is_live]))
    alike = is_live & (np.abs(deviations - typical) <= _ALIKE * errors * typical)
    if alike.any():
        counted = np.where(alike, n_live, 0)
        typical = float(np.sqrt((counted * deviations**2).sum() / counted.sum()))
    return np.where(alike | ~is_live, typical, deviations)


def _select_quiet(data: Array, wavelets: Sequence[Array] | None) -> Iterator[tuple[Array, Array]]:
    """Yield the live traces of every shot, and which frequencies hold no signal."""
    gathers = check_gathers(data)
    n_shots, _, n_samples = gathers.shape
    if wavelets is not None:
        wavelets = as_list("wavelets", wavelets, "one wavelet per shot")
    if wavelets is not None and len(wavelets) != n_shots:
        raise ValueError(f"wavelets must be one for each of {n_shots} shots, got {len(wavelets)}")
    for shot, gather in enumerate(gathers):
        wavelet = None if wavelets is None else wavelets[shot]
        live = gather[gather.any(axis=1)].astype(np.float64)
        yield live, _find_quiet_frequencies(n_samples, wavelet, shot)


def _check_alive(n_live: int) -> None:
    if not n_live:
        raise ValueError("data have no live trace, so no noise can be estimated")


def _estimate_beside_spikes(traces: Array, quiet: Array) -> tuple[float, float]:
    """Return the standard deviation of white noise from traces filtered to the quiet band.

    The second value is how many frequencies pass.
    """
    slope = max(1.0, _SLOPE * quiet.size)
    passed = np.sin(np.pi / 2 * np.minimum(1, distance_transform_edt(quiet) / slope)) ** 2
    n_passed = float((passed**2).sum())
    filtered = irfft(rfft(traces) * passed, traces.shape[1])
    share = 2 * n_passed / traces.shape[1]
    return float(estimate_noise(filtered[None])[0] / np.sqrt(share)), n_passed


def _estimate_deviation(traces: Array, quiet: Array) -> tuple[float, float]:
    """Return the standard deviation of white noise from periodograms at quiet frequencies.

    The second value is the number of these frequencies.
    """
    tapers = dpss(traces.shape[1], _BANDWIDTH, _N_TAPERS)  # of norm 1 each
    power = np.mean([squared_magnitude(rfft(traces * w)[:, quiet]) for w in tapers], axis=0)
    degrees = 2 * _N_TAPERS
    variance = float(np.median(power) * degrees / chi2.median(degrees))
    return float(np.sqrt(variance)), float(quiet.sum())


def _find_quiet_frequencies(n_samples: int, wavelet: Array | None, shot: int) -> Array:
    """Return which frequencies of a record hold no signal, bool of shape (n_freq,)."""
    n_frequencies = n_samples // 2 + 1
    reach = _BANDWIDTH
    if n_frequencies <= 8 * reach:
        raise ValueError(
            f"data have {n_samples} samples a trace; at least {16 * reach} are needed to "
            "estimate the noise level"
        )
    if wavelet is None:
        loud = np.arange(n_frequencies) < _SIGNAL_BAND * n_frequencies
        return _exclude_near(loud, reach)
    amplitude = _compute_spectrum(wavelet, n_samples, shot)
    for level in _QUIET_LEVELS:
        quiet = _exclude_near(amplitude >= level, reach)
        if quiet.sum() >= _LEAST_SHARE * n_frequencies:
            return quiet
    error = ValueError(
        f"wavelets[{shot}] has energy at all frequencies: fewer than {_LEAST_SHARE:.0%} of them "
        f"are below {_QUIET_LEVELS[-1]:g} of its peak, so the noise level cannot be estimated "
        "from the data; give noise_level"
    )
    raise blame(error, "noise_level")


def _exclude_near(loud: Array, reach: int) -> Array:
    """Return the frequencies to which nothing loud leaks, without the first and the last."""
    spread = np.convolve(loud, np.ones(2 * reach + 1), mode="same") > 0.5
    spread[: reach + 1] = spread[-reach - 1 :] = True  # these are real and mirror themselves
    return ~spread


def _compute_spectrum(wavelet: Array, n_samples: int, shot: int) -> Array:
    """Return the largest relative amplitude that a wavelet ever has around each frequency."""
    w = np.atleast_2d(as_finite_array(wavelet, f"wavelets[{shot}]"))
    if w.ndim != 2 or not w.any():
        raise ValueError(
            f"wavelets[{shot}] must have 1 or 2 dimensions and not be zero, got shape {w.shape}"
        )
    factor = int(np.ceil(w.shape[1] / n_samples))  # never cut off the wavelet
    spectrum = np.abs(rfft(w, factor * n_samples, axis=1)).max(axis=0)
    sampled: Array = spectrum[::factor][: n_samples // 2 + 1] / spectrum.max()
    return sampled
