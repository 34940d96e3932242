"""The statistical wavelet, estimated from the spectrum of the data.

If the reflectivity is white, the average power spectrum of the data is that of the wavelet, times a
constant. It is estimated by the method of Blackman and Tukey: the autocorrelation, averaged over
traces, is tapered by a Parzen window, whose transform is not negative, so that the estimate is not
negative either. Additive white noise lifts the whole spectrum; the floor at the quietest tenth of
the frequencies is taken for noise and subtracted.

Neither phase nor absolute scale can be estimated in this way. The wavelet is zero-phase with a peak
of 1, so polarity and size of a reflectivity that is found with it are relative.

References
----------
.. [1] R. B. Blackman, J. W. Tukey, The Measurement of Power Spectra, 1958.
.. [2] E. A. Robinson, "Predictive decomposition of time series with
   application to seismic exploration", Geophysics 32(3), 1967: the white
   reflectivity.
.. [3] O. Yilmaz, Seismic Data Analysis, 2nd ed., 2001, chapter 2.
"""

from __future__ import annotations

import numpy as np
from scipy.fft import irfft, next_fast_len, rfft
from scipy.signal.windows import parzen

from ....toolkit.arrays import Array, squared_magnitude
from ....toolkit.checks import check_positive
from .gather_data import check_gathers

# The share of the frequencies that are assumed to hold only noise.
_QUIET = 0.1
# The multiple of the floor that is subtracted: it fluctuates, and the remainders would add up.
_FLOORS = 1.5


def estimate_wavelets(
    data: Array, sample_interval: float, *, duration: float = 0.16
) -> list[Array]:
    """Return a zero-phase wavelet for every shot, from the average spectrum of its traces.

    Parameters
    ----------
    data : ndarray, shape (shot, trace, time) or (shot, time)
        Real; the more reflectors and traces, the better. Traces that are zero throughout are left
        out.
    sample_interval : float
        Seconds.
    duration : float, default 0.16
        Seconds from the first to the last lag; a shorter wavelet has a smoother spectrum.

    Returns
    -------
    list of ndarray, each of shape (n_lags,)
        Of odd length, with a peak of 1 in the middle, in the precision of `data`.

    Raises
    ------
    ValueError
        If the data have another shape or are not finite, a shot has no live trace, or the duration
        is below two samples or above that of the record.

    Examples
    --------
    >>> from groupsparse.apps.seismic.signal.wavelets import ricker
    >>> r = np.random.default_rng(0).laplace(size=(2, 1000))
    >>> data = np.stack([np.convolve(row, ricker(30, 0.002), "same") for row in r])
    >>> [w.size for w in estimate_wavelets(data, 0.002)]
    [81, 81]
    """
    gathers = check_gathers(data)
    n_samples = gathers.shape[-1]
    check_positive("sample_interval", sample_interval)
    check_positive("duration", duration)
    n_side = round(duration / (2 * sample_interval))
    if not 1 <= n_side < n_samples / 2:
        raise ValueError(
            f"duration must be between 2 samples and the record's length "
            f"({2 * sample_interval:g} to {n_samples * sample_interval:g} s), got {duration:g}"
        )
    return [_estimate_wavelet(gather, n_side, shot) for shot, gather in enumerate(gathers)]


def _estimate_wavelet(gather: Array, n_side: int, shot: int) -> Array:
    """Return the wavelet of one shot (trace, time), `n_side` lags on either side of time zero."""
    live = gather[gather.any(axis=1)]
    if not len(live):
        raise ValueError(f"data of shot {shot} have no live trace; its wavelet is unknown")
    power = _smooth_power(live, 2 * n_side)
    floor = _FLOORS * np.quantile(power, _QUIET)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(power > floor, 1 - floor / power, 0.0)
    amplitude = np.sqrt(power) * share
    wavelet = np.roll(irfft(amplitude), n_side)[: 2 * n_side + 1]
    wavelet *= np.hanning(wavelet.size + 2)[1:-1] ** 0.5
    result: Array = (wavelet / wavelet[n_side]).astype(gather.dtype)
    return result


def _smooth_power(traces: Array, n_lags: int) -> Array:
    """Return the power spectrum of the tapered mean autocorrelation."""
    n_fft = next_fast_len(traces.shape[1] + n_lags, real=True)
    scaled = traces.astype(np.float64) / np.abs(traces).max()  # squares must not underflow
    spectra = squared_magnitude(rfft(scaled, n_fft, axis=1)).mean(axis=0)
    lags = irfft(spectra, n_fft)[: n_lags + 1] * parzen(2 * n_lags + 1)[n_lags:]
    even = np.zeros(next_fast_len(8 * n_lags, real=True) // 2 * 2)
    even[: n_lags + 1] = lags
    even[-n_lags:] = lags[:0:-1]
    power: Array = np.maximum(rfft(even).real, 0.0)
    return power
