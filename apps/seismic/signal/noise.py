"""The level of white noise in seismic data, from frequencies at which no wavelet has energy.

The record of a trace is a reflectivity convolved with a wavelet, so where the spectrum of the
wavelet vanishes there is only noise. Periodograms are taken with five Slepian tapers each [1]_,
which keep strong signal from leaking into the quiet band. Their median over quiet frequencies and
traces, divided by that of a chi-squared variable, is the power of the noise at one frequency, and
white noise has the same power at all of them. The median tolerates a few frequencies that hold
something else, such as mains hum.

Of coloured noise only the part in the quiet band is seen, which says nothing about its level in the
band of the signal: for noise that is confined to the band of the wavelets the estimate is zero.

References
----------
.. [1] D. J. Thomson, "Spectrum estimation and harmonic analysis", Proceedings
   of the IEEE 70(9), 1982.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.fft import rfft
from scipy.signal.windows import dpss
from scipy.stats import chi2

from ....toolkit.arrays import Array, as_finite_array, squared_magnitude
from ....toolkit.checks import as_list
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
    gathers = check_gathers(data)
    n_shots, _, n_samples = gathers.shape
    if wavelets is not None:
        wavelets = as_list("wavelets", wavelets, "one wavelet per shot")
    if wavelets is not None and len(wavelets) != n_shots:
        raise ValueError(f"wavelets must be one for each of {n_shots} shots, got {len(wavelets)}")
    square, n_live = 0.0, 0
    for shot, gather in enumerate(gathers):
        live = gather[gather.any(axis=1)].astype(np.float64)
        wavelet = None if wavelets is None else wavelets[shot]
        quiet = _find_quiet_frequencies(n_samples, wavelet, shot)
        if len(live):
            square += _estimate_variance(live, quiet) * live.size
            n_live += len(live)
    if not n_live:
        raise ValueError("data have no live trace, so no noise can be estimated")
    return float(np.sqrt(square))


def _estimate_variance(traces: Array, quiet: Array) -> float:
    """Return the variance of white noise from the periodograms at quiet frequencies."""
    tapers = dpss(traces.shape[1], _BANDWIDTH, _N_TAPERS)  # of norm 1 each
    power = np.mean([squared_magnitude(rfft(traces * w)[:, quiet]) for w in tapers], axis=0)
    degrees = 2 * _N_TAPERS
    return float(np.median(power) * degrees / chi2.median(degrees))


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
