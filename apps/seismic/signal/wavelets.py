"""Source wavelets in closed form: Ricker, Ormsby, Klauder, and their rotations in phase.

All are zero-phase with peak amplitude 1 at time zero, in the middle (``size // 2``) of an odd
number of samples. Ormsby and Klauder wavelets decay slowly: they are cut where their envelope falls
below 2 per cent of the peak, and the outer half of each side is tapered by a cosine to avoid a
step.

References
----------
.. [1] N. Ricker, "The form and laws of propagation of seismic wavelets",
   Geophysics 18(1), 1953.
.. [2] H. Ryan, "Ricker, Ormsby, Klauder, Butterworth: a choice of wavelets",
   CSEG Recorder 19(7), 1994.
.. [3] J. R. Klauder, A. C. Price, S. Darlington, W. J. Albersheim, "The theory
   and design of chirp radars", Bell System Technical Journal 39(4), 1960.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.signal import hilbert

from ....toolkit.arrays import Array, as_finite_array
from ....toolkit.checks import as_list, check_number, check_positive

# A Ricker wavelet is below 2e-5 of its peak this many periods from time zero.
_RICKER_PERIODS = 1.2
_SMALL = 0.02
_TAPERED = 0.5


def ricker(frequency: float, sample_interval: float, *, duration: float | None = None) -> Array:
    """Return the Ricker wavelet ``(1 - 2 a) exp(-a)``, ``a = (pi f t)^2``.

    Parameters
    ----------
    frequency : float
        The peak of the amplitude spectrum in hertz, below Nyquist.
    sample_interval : float
        Seconds.
    duration : float, optional
        Seconds from the first to the last sample; by default 2.4 periods, by the ends of which the
        wavelet has vanished.

    Returns
    -------
    ndarray of float64, shape (n_lags,)

    Raises
    ------
    ValueError
        If a number is out of range.

    Examples
    --------
    >>> wavelet = ricker(30.0, 0.002)
    >>> wavelet.size, float(wavelet[wavelet.size // 2])
    (41, 1.0)
    """
    _check_frequencies("ricker frequency", (frequency,), sample_interval)
    t = _make_lag_times(sample_interval, duration, _RICKER_PERIODS / frequency)
    a = (np.pi * frequency * t) ** 2
    wavelet: Array = (1 - 2 * a) * np.exp(-a)
    return wavelet


def ormsby(
    frequencies: Sequence[float], sample_interval: float, *, duration: float | None = None
) -> Array:
    """Return the Ormsby wavelet, whose amplitude spectrum is a trapezoid.

    Parameters
    ----------
    frequencies : sequence of 4 floats
        Hertz, increasing: the spectrum rises from the first to the second, is flat up to the third
        and falls to zero at the fourth.
    sample_interval : float
        Seconds.
    duration : float, optional
        Seconds from the first to the last sample; by default until the envelope falls below 2 per
        cent of the peak.

    Returns
    -------
    ndarray of float64, shape (n_lags,)

    Raises
    ------
    ValueError
        If there are not four positive, increasing frequencies below Nyquist, or the duration is
        shorter than two samples.

    Examples
    --------
    >>> wavelet = ormsby((5.0, 10.0, 40.0, 60.0), 0.002)
    >>> wavelet.size, float(wavelet[wavelet.size // 2])
    (125, 1.0)
    """
    frequencies = as_list("ormsby frequencies", frequencies, "four numbers")
    if len(frequencies) != 4:
        raise ValueError(f"ormsby frequencies must be four numbers, got {tuple(frequencies)}")
    _check_frequencies("ormsby frequencies", frequencies, sample_interval)
    f1, f2, f3, f4 = frequencies
    area = f4 + f3 - f2 - f1
    # Each ramp contributes at most 1 / (width pi^2 t^2) times the peak over the area.
    reach = np.sqrt((1 / (f4 - f3) + 1 / (f2 - f1)) / (np.pi**2 * area * _SMALL))
    t = _make_lag_times(sample_interval, duration, reach)

    def ramp(low: float, high: float) -> Array:
        squares: Array = (high * np.sinc(high * t)) ** 2 - (low * np.sinc(low * t)) ** 2
        return squares / (high - low)

    return _taper((ramp(f3, f4) - ramp(f1, f2)) / area)


def klauder(
    band: Sequence[float],
    sweep_duration: float,
    sample_interval: float,
    *,
    duration: float | None = None,
) -> Array:
    """Return the Klauder wavelet: the autocorrelation of a linear vibrator sweep.

    ``sin(pi k t (T - |t|)) / (pi k t T) cos(2 pi f0 t)`` with the rate ``k = (f_high - f_low) / T``
    and the centre ``f0`` of the band [2]_.

    Parameters
    ----------
    band : sequence of 2 floats
        Hertz, increasing: the begin and the end of the sweep.
    sweep_duration : float
        T in seconds.
    sample_interval : float
        Seconds.
    duration : float, optional
        As for `ormsby`; at most twice the sweep by default.

    Returns
    -------
    ndarray of float64, shape (n_lags,)

    Raises
    ------
    ValueError
        If there are not two positive, increasing frequencies below Nyquist, or a duration is out of
        range.

    Examples
    --------
    >>> wavelet = klauder((8.0, 80.0), 6.0, 0.002)
    >>> wavelet.size, float(wavelet[wavelet.size // 2])
    (223, 1.0)
    """
    band = as_list("klauder band", band, "two numbers")
    if len(band) != 2:
        raise ValueError(f"klauder band must be two numbers, got {tuple(band)}")
    _check_frequencies("klauder band", band, sample_interval)
    check_positive("sweep_duration", sweep_duration)
    f_low, f_high = band
    width = f_high - f_low
    reach = min(1 / (np.pi * width * _SMALL), sweep_duration)
    t = _make_lag_times(sample_interval, duration, reach)
    overlap = np.maximum(1 - np.abs(t) / sweep_duration, 0.0)
    envelope = overlap * np.sinc(width * t * overlap)
    return _taper(envelope * np.cos(np.pi * (f_low + f_high) * t))


def rotate_phase(wavelet: Array, degrees: float) -> Array:
    """Return a wavelet with the same phase added at all frequencies.

    ``w cos(phi) - H(w) sin(phi)`` with the Hilbert transform H: ``cos(2 pi f t)`` becomes
    ``cos(2 pi f t + phi)``.

    Parameters
    ----------
    wavelet : ndarray, shape (n_lags,)
        Real.
    degrees : float
        phi.

    Returns
    -------
    ndarray, shape (n_lags,)
        In the precision of `wavelet`; its largest value is no longer 1.

    Raises
    ------
    ValueError
        If the wavelet is not a real, finite, 1-D array, or the angle is not finite.

    Examples
    --------
    >>> wavelet = ricker(30.0, 0.002)
    >>> bool(np.allclose(rotate_phase(wavelet, 180), -wavelet))
    True
    """
    w = as_finite_array(wavelet, "wavelet")
    if w.ndim != 1 or w.dtype.kind == "c":
        raise ValueError(f"wavelet must be real and 1-D, got {w.dtype} of shape {w.shape}")
    check_number("degrees", degrees)
    quadrature = hilbert(w, 8 * w.size).imag[: w.size]  # zeros behind it keep it from wrapping
    phi = np.deg2rad(degrees)
    rotated: Array = (np.cos(phi) * w - np.sin(phi) * quadrature).astype(w.dtype)
    return rotated


def _check_frequencies(name: str, frequencies: Sequence[float], sample_interval: float) -> None:
    """Raise a `ValueError` unless frequencies are positive, increasing and below Nyquist."""
    check_positive("sample_interval", sample_interval)
    for frequency in frequencies:
        check_positive(name, frequency)
    shown = " - ".join(f"{frequency:g}" for frequency in frequencies)
    if any(np.diff(frequencies) <= 0):
        raise ValueError(f"{name} must increase, got {shown} Hz")
    nyquist = 0.5 / sample_interval
    if frequencies[-1] >= nyquist:
        raise ValueError(
            f"{name} must be below the Nyquist frequency {nyquist:g} Hz of a sample interval of "
            f"{sample_interval:g} s, got {shown} Hz"
        )


def _make_lag_times(sample_interval: float, duration: float | None, reach: float) -> Array:
    """Return the times of the lags, symmetric about zero, from a duration or a reach each side."""
    if duration is None:
        n_side = int(np.ceil(reach / sample_interval))
    else:
        check_positive("duration", duration)
        n_side = round(duration / (2 * sample_interval))
    if n_side < 1:
        raise ValueError(
            f"duration must be at least two sample intervals ({2 * sample_interval:g} s), "
            f"got {duration!r}"
        )
    times: Array = sample_interval * np.arange(-n_side, n_side + 1)
    return times


def _taper(wavelet: Array) -> Array:
    """Return a wavelet whose outer lags fall to zero as a cosine."""
    n_side = wavelet.size // 2
    distance = np.abs(np.arange(-n_side, n_side + 1)) / (n_side + 1)
    outside = np.maximum(distance - (1 - _TAPERED), 0.0) / _TAPERED
    tapered: Array = wavelet * 0.5 * (1 + np.cos(np.pi * outside))
    return tapered
