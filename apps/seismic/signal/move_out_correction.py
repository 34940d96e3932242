"""Move-out correction: every sample is read from the arrival time of its reflection.

The corrected trace at zero-offset time t0 is the recorded one at ``t(x) = sqrt(t0^2 + x^2 /
v(t0)^2)``. Recorded traces are interpolated by a sinc of 16 samples under a Kaiser window, exact to
2e-5 for frequencies up to 0.6 times Nyquist. The correction of a trace is thus a sparse matrix with
one row per sample, and its transpose is the exact adjoint.

The correction stretches shallow events at far offsets, lowering a frequency by the fraction
``(t(x) - t0) / t0`` [1]_. Samples that are stretched beyond a limit, or that arrive after the
record's end, are muted.

References
----------
.. [1] O. Yilmaz, Seismic Data Analysis, 2nd ed., 2001, section 3.1 (eq. 3-7).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse import csr_array

from ....toolkit.arrays import Array, IntArray, as_finite_array
from ....toolkit.checks import check_count, check_positive
from .gather_data import check_gathers, check_offsets
from .move_out import compute_travel_times

_HALF_TAPS = 8
_KAISER = 10.0


def correct_move_out(
    data: Array,
    offsets: ArrayLike,
    velocity: ArrayLike,
    sample_interval: float,
    *,
    stretch_limit: float = 0.5,
) -> tuple[Array, Array]:
    """Return data with reflections at their zero-offset times, and which samples are muted.

    Parameters
    ----------
    data : ndarray, shape (shot, trace, time) or (shot, time)
        Real.
    offsets : array_like, shape (shot,) or (shot, trace)
        Metres: one per shot for common-offset sections, or one per trace.
    velocity : array_like, scalar, shape (time,) or (trace, time)
        Root-mean-square velocities in metres per second, at the zero-offset times of the samples.
    sample_interval : float
        Seconds.
    stretch_limit : float, default 0.5
        The largest stretch ``(t(x) - t0) / t0`` that is kept.

    Returns
    -------
    corrected : ndarray, shape of `data`
        In the precision of `data`; zero where muted.
    muted : ndarray of bool, shape of `data`
        True where the stretch exceeds the limit or the reflection arrives after the record's end.

    Raises
    ------
    ValueError
        If shapes do not fit, values are not finite, or a velocity is not positive, leaves no sample
        of a trace, or makes travel-time curves cross; the message names trace and time.

    Examples
    --------
    >>> data = np.zeros((2, 1, 300))
    >>> data[0, 0, 200] = data[1, 0, 250] = 1.0  # 0.4 s, and 0.5 s at 600 m
    >>> flat, muted = correct_move_out(data, [0.0, 600.0], 2000.0, 0.002)
    >>> flat.argmax(axis=-1).ravel(), muted.sum(axis=-1).ravel()
    (array([200, 200]), array([  0, 176]))
    """
    gathers = check_gathers(data)
    n_shots, n_traces, n_samples = gathers.shape
    x = np.broadcast_to(check_offsets(offsets, n_shots, n_traces), (n_shots, n_traces))
    v = _expand_velocities(velocity, n_traces, n_samples)
    corrected, muted = np.zeros_like(gathers), np.zeros(gathers.shape, dtype=bool)
    for shot, gather in enumerate(gathers):
        for traces in _group_alike(x[shot], v):
            first = int(traces[0])
            place = f" in shot {shot}, trace {first} (counted from 0)"
            matrix = _make_trace_map(
                x[shot, first], v[first], sample_interval, stretch_limit, place
            )
            corrected[shot, traces] = (matrix @ gather[traces].T).T
            muted[shot, traces] = np.diff(matrix.indptr) == 0
    shape = np.shape(data)
    return corrected.reshape(shape), muted.reshape(shape)


def make_move_out_map(
    offset: float,
    velocity: ArrayLike,
    n_samples: int,
    sample_interval: float,
    *,
    stretch_limit: float = 0.5,
) -> csr_array:
    """Return the matrix (n_samples, n_samples) that corrects a trace; its transpose is the adjoint.

    Rows of muted samples are empty. The other arguments are those of `correct_move_out`.

    Examples
    --------
    >>> make_move_out_map(0.0, 2000.0, 4, 0.002).toarray().diagonal()
    array([1., 1., 1., 1.])
    """
    check_count("n_samples", n_samples)
    (v,) = _expand_velocities(velocity, 1, n_samples)
    return _make_trace_map(offset, v, sample_interval, stretch_limit, "")


def _make_trace_map(
    offset: float, velocity: Array, sample_interval: float, stretch_limit: float, place: str
) -> csr_array:
    """Return the matrix of one trace; `place` names the trace in messages."""
    check_positive("sample_interval", sample_interval)
    check_positive("stretch_limit", stretch_limit)
    n = velocity.size
    times = sample_interval * np.arange(n)
    arrivals = compute_travel_times(times, velocity, offset)
    # A little tolerance: at offset zero the last sample arrives exactly at the end.
    in_record = arrivals <= sample_interval * (n - 1 + 1e-6)
    kept = np.flatnonzero(in_record & (arrivals - times <= stretch_limit * times))
    if not kept.size:
        raise ValueError(
            f"velocity makes move-out impossible{place} (offset {offset:g} m, velocities "
            f"{velocity.min():g} to {velocity.max():g} m/s): every reflection arrives after the "
            f"record's end at {times[-1]:g} s or is stretched by more than {stretch_limit:.0%}"
        )
    crossing = np.flatnonzero(np.diff(arrivals[kept]) <= 0)
    if crossing.size:
        sample = int(kept[crossing[0] + 1])
        raise ValueError(
            f"velocity makes travel-time curves cross{place} at {times[sample]:g} s "
            f"({velocity[sample]:g} m/s): at offset {offset:g} m that reflection does not arrive "
            "later than the one before it"
        )
    return _make_interpolation(arrivals[kept] / sample_interval, kept, n)


def _make_interpolation(places: Array, rows: IntArray, n: int) -> csr_array:
    """Return the (n, n) matrix whose `rows` read a trace at fractional `places`."""
    begin = np.floor(places).astype(int) - _HALF_TAPS + 1
    columns = begin[:, None] + np.arange(2 * _HALF_TAPS)
    distance = places[:, None] - columns
    window = np.i0(_KAISER * np.sqrt(1 - (distance / _HALF_TAPS) ** 2)) / np.i0(_KAISER)
    weights = np.sinc(distance) * window
    # The record is zero outside; weights at whole samples are zero up to rounding.
    used = (columns >= 0) & (columns < n) & (np.abs(weights) > 1e-12)
    row_of = np.broadcast_to(rows[:, None], columns.shape)
    return csr_array((weights[used], (row_of[used], columns[used])), shape=(n, n))


def _group_alike(offsets: Array, velocity: Array) -> list[IntArray]:
    """Return the traces of a shot in sets that share one matrix."""
    rows = np.arange(offsets.size)
    if offsets.size > 1 and (velocity != velocity[0]).any():
        return list(rows[:, None])
    _, labels = np.unique(np.abs(offsets), return_inverse=True)
    return [rows[labels == label] for label in range(labels.max() + 1)]


def _expand_velocities(velocity: ArrayLike, n_traces: int, n_samples: int) -> Array:
    v = as_finite_array(velocity, "velocity").astype(np.float64, copy=False)
    shape = (n_traces, n_samples)
    if v.shape not in ((), shape[1:], shape):
        raise ValueError(
            f"velocity must be one number or of shape {shape[1:]} or {shape}, got {v.shape}"
        )
    full = np.broadcast_to(v, shape)
    if not (full > 0).all():
        trace, sample = map(int, np.argwhere(full <= 0)[0])
        raise ValueError(
            f"velocity must be positive, got {full[trace, sample]:g} m/s at trace {trace}, "
            f"sample {sample}"
        )
    return full
