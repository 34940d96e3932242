"""Normal move-out: travel times, root-mean-square velocities and angles of incidence.

A flat reflector at the two-way vertical time t0 under layers is seen at offset x at about
``t(x) = sqrt(t0^2 + x^2 / v_rms^2)``, exact for one layer and accurate for offsets up to about the
depth [1]_. All functions follow NumPy's rules of broadcasting; times are the last axis.

References
----------
.. [1] C. H. Dix, "Seismic velocities from surface measurements", Geophysics
   20(1), 1955.
.. [2] M. T. Taner, F. Koehler, "Velocity spectra: digital computer derivation
   and applications of velocity functions", Geophysics 34(6), 1969.
.. [3] A. T. Walden, "Making AVO sections more robust", Geophysical
   Prospecting 39(7), 1991.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array, as_real_array


def compute_travel_times(times: ArrayLike, velocities: ArrayLike, offsets: ArrayLike) -> Array:
    """Return the arrival times of reflections in seconds, ``sqrt(t0^2 + x^2 / v^2)``.

    From two-way vertical times in seconds, root-mean-square velocities in metres per second, and
    offsets in metres of either sign.

    Examples
    --------
    >>> compute_travel_times([0.4, 1.0], 2000.0, 600.0)
    array([0.5       , 1.04403065])
    """
    t, v, x = _check_inputs(times, velocities, offsets)
    result: Array = np.hypot(t, x / v)
    return result


def compute_rms_velocities(interval_velocities: ArrayLike, times: ArrayLike) -> Array:
    """Return root-mean-square velocities down to the bases of layers, by Dix's sum.

    ``v_rms^2(t_n) = sum_i v_i^2 (t_i - t_{i-1}) / t_n``, from interval velocities and two-way times
    (..., n_layers) of the bases in seconds; at time zero, the velocity of the layer there.

    Examples
    --------
    >>> compute_rms_velocities([2000.0, 4000.0], [1.0, 1.5]).round(1)
    array([2000. , 2828.4])
    """
    t, v, _ = _check_inputs(times, interval_velocities, 0.0)
    t, v = np.broadcast_arrays(np.atleast_1d(t), v)
    steps = np.diff(t, axis=-1, prepend=0.0)
    if (steps < 0).any():
        raise ValueError("times must not decrease along their last axis")
    squares = np.cumsum(v**2 * steps, axis=-1)
    mean = np.divide(squares, t, out=np.array(v**2), where=t > 0)
    result: Array = np.sqrt(mean)
    return result


def compute_incidence_angles(
    times: ArrayLike, velocities: ArrayLike, interval_velocities: ArrayLike, offsets: ArrayLike
) -> Array:
    """Return the angles in degrees at which rays meet their reflectors.

    ``sin(theta) = x v_int / (v_rms^2 t(x))`` [3]_: the ray parameter is the slope of the move-out
    curve, ``dt/dx = x / (v_rms^2 t(x))``, and Snell's law turns it into the angle in the layer
    above the reflector, whose velocity is in `interval_velocities`. Angles are 90 where the
    approximation finds no such ray.

    Examples
    --------
    One layer, at a depth of 500 m under offset 1000 m:

    >>> compute_incidence_angles(0.5, 2000.0, 2000.0, 1000.0).round(6)
    np.float64(45.0)
    """
    t, v, x = _check_inputs(times, velocities, offsets)
    _, v_int, _ = _check_inputs(0.0, interval_velocities, 0.0, "interval_velocities")
    try:
        t, v, v_int, x = np.broadcast_arrays(t, v, v_int, x)
    except ValueError as error:
        raise ValueError(
            f"interval_velocities of shape {v_int.shape} do not fit times, velocities and offsets"
        ) from error
    arrival = np.hypot(t, x / v)
    sine = np.divide(np.abs(x) * v_int / v**2, arrival, out=np.zeros(t.shape), where=arrival > 0)
    result: Array = np.rad2deg(np.arcsin(np.minimum(sine, 1.0)))
    return result


def _check_inputs(
    times: ArrayLike, velocities: ArrayLike, offsets: ArrayLike, name: str = "velocities"
) -> tuple[Array, Array, Array]:
    """Return three arrays that broadcast, or raise a `ValueError` that names the wrong one."""
    t = as_real_array(times, "times")
    v = as_real_array(velocities, name)
    x = as_real_array(offsets, "offsets")
    if t.min() < 0:
        raise ValueError(f"times must not be negative, got {float(t.min()):g} s")
    if v.min() <= 0:
        where = np.unravel_index(np.argmin(v), v.shape)
        place = f" at index {tuple(map(int, where))}" if v.ndim else ""
        raise ValueError(f"{name} must be positive, got {float(v.min()):g} m/s{place}")
    try:
        np.broadcast_shapes(t.shape, v.shape, x.shape)
    except ValueError as error:
        raise ValueError(
            f"times {t.shape}, {name} {v.shape} and offsets {x.shape} do not broadcast"
        ) from error
    return t, v, x
