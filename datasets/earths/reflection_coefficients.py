"""P-P reflection coefficients of plane waves at the interface of two elastic layers.

Medium 1 lies above the interface, where the wave comes from, medium 2 below. A coefficient is
positive where the impedance increases downwards. All functions follow NumPy's rules of broadcasting
and compute in double precision.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ...toolkit.arrays import Array, as_finite_array
from ...toolkit.checks import check_choice


def zoeppritz(
    vp1: ArrayLike,
    vs1: ArrayLike,
    rho1: ArrayLike,
    vp2: ArrayLike,
    vs2: ArrayLike,
    rho2: ArrayLike,
    angles: ArrayLike,
) -> Array:
    """Return the exact P-P reflection coefficients: the solution of the Zoeppritz equations.

    Chapter 5.2 of [1]_, P waves at the boundary of two solids. Beyond a critical angle the phase of
    the reflected wave rotates, and coefficients are complex, for waves that depend on time as
    ``exp(-i omega t)``: multiply the positive frequencies of NumPy's FFT by their conjugates.

    Parameters
    ----------
    vp1, vs1, rho1 : array_like
        P and S velocity in metres per second, and density of the upper layer.
    vp2, vs2, rho2 : array_like
        The same of the lower layer; densities in any common unit.
    angles : array_like
        Of incidence, in degrees, from 0 to below 90.

    Returns
    -------
    ndarray of float64, or of complex128 if an angle is beyond a critical one
        In the shape to which all arguments broadcast.

    Raises
    ------
    ValueError
        If a velocity or density is not positive and finite, an S velocity is not below its P
        velocity, an angle is out of range, or shapes do not fit.

    References
    ----------
    .. [1] K. Aki, P. G. Richards, "Quantitative Seismology: Theory and
       Methods", W. H. Freeman, 1980.

    Examples
    --------
    >>> zoeppritz(2000, 1000, 2000, 3000, 1500, 2000, [0, 30]).round(4)
    array([0.2  , 0.194])
    """
    m = _check_media(vp1, vs1, rho1, vp2, vs2, rho2, angles)
    p = np.sin(m.theta) / m.vp1
    i1, i2, j1, j2 = (_compute_vertical_slowness(p, v) for v in (m.vp1, m.vp2, m.vs1, m.vs2))
    shear1, shear2 = 2 * m.rho1 * (m.vs1 * p) ** 2, 2 * m.rho2 * (m.vs2 * p) ** 2
    a = (m.rho2 - shear2) - (m.rho1 - shear1)
    b = (m.rho2 - shear2) + shear1
    c = (m.rho1 - shear1) + shear2
    d = 2 * (m.rho2 * m.vs2**2 - m.rho1 * m.vs1**2)
    f = b * j1 + c * j2
    g = a - d * i1 * j2
    h = (a - d * i2 * j1) * p**2
    result: Array = ((b * i1 - c * i2) * f - (a + d * i1 * j2) * h) / (
        (b * i1 + c * i2) * f + g * h
    )
    return result


def aki_richards(
    vp1: ArrayLike,
    vs1: ArrayLike,
    rho1: ArrayLike,
    vp2: ArrayLike,
    vs2: ArrayLike,
    rho2: ArrayLike,
    angles: ArrayLike,
) -> Array:
    """Return Aki-Richards reflection coefficients, of first order in the contrasts.

    Equation 5.44 of [1]_, at the mean of the angles of incidence and transmission; beyond the
    critical angle, where it is not valid, transmission counts as 90 degrees.

    Parameters
    ----------
    vp1, vs1, rho1, vp2, vs2, rho2, angles : array_like
        As for `zoeppritz`.

    Returns
    -------
    ndarray of float64

    References
    ----------
    .. [1] K. Aki, P. G. Richards, "Quantitative Seismology: Theory and
       Methods", W. H. Freeman, 1980.

    Examples
    --------
    >>> aki_richards(2000, 1000, 2000, 3000, 1500, 2000, [0, 30]).round(4)
    array([0.2   , 0.1735])
    """
    m = _check_media(vp1, vs1, rho1, vp2, vs2, rho2, angles)
    transmission = np.arcsin(np.minimum(np.sin(m.theta) * m.vp2 / m.vp1, 1.0))
    return _linearise(m, (m.theta + transmission) / 2, terms=3)


def shuey(
    vp1: ArrayLike,
    vs1: ArrayLike,
    rho1: ArrayLike,
    vp2: ArrayLike,
    vs2: ArrayLike,
    rho2: ArrayLike,
    angles: ArrayLike,
    *,
    terms: int = 2,
) -> Array:
    """Return Shuey's two-term reflection coefficients, ``A + B sin^2(theta)``.

    The third term is ``C (tan^2(theta) - sin^2(theta))``; it matters beyond about 30 degrees [1]_.
    ``theta`` is the angle of incidence, as is usual.

    Parameters
    ----------
    vp1, vs1, rho1, vp2, vs2, rho2, angles : array_like
        As for `zoeppritz`.
    terms : {2, 3}, default 2
        With three, this is the equation of `aki_richards` at the angle of incidence.

    Returns
    -------
    ndarray of float64

    References
    ----------
    .. [1] R. T. Shuey, "A simplification of the Zoeppritz equations",
       Geophysics 50(4), 1985.

    Examples
    --------
    >>> shuey(2000, 1000, 2000, 3000, 1500, 2000, [0, 30]).round(4)
    array([0.2 , 0.15])
    """
    check_choice("terms", terms, (2, 3))
    m = _check_media(vp1, vs1, rho1, vp2, vs2, rho2, angles)
    return _linearise(m, m.theta, terms)


REFLECTIVITIES: dict[str, Callable[..., Array]] = {
    "zoeppritz": zoeppritz,
    "aki-richards": aki_richards,
    "shuey": shuey,
}


class _Media(NamedTuple):
    """The checked properties of both layers; the angle in radians."""

    vp1: Array
    vs1: Array
    rho1: Array
    vp2: Array
    vs2: Array
    rho2: Array
    theta: Array


def _linearise(m: _Media, theta: Array, terms: int) -> Array:
    """Return ``A + B sin^2 + C (tan^2 - sin^2)``, or its first two terms."""
    vp, vs = _compute_contrast(m.vp1, m.vp2), _compute_contrast(m.vs1, m.vs2)
    rho = _compute_contrast(m.rho1, m.rho2)
    ratio = ((m.vs1 + m.vs2) / (m.vp1 + m.vp2)) ** 2
    sine2 = np.sin(theta) ** 2
    result: Array = (vp + rho) / 2 + (vp / 2 - 2 * ratio * (rho + 2 * vs)) * sine2
    if terms == 3:
        result = result + vp / 2 * (np.tan(theta) ** 2 - sine2)
    return result


def _compute_contrast(upper: Array, lower: Array) -> Array:
    """Return the difference over the mean."""
    result: Array = 2 * (lower - upper) / (lower + upper)
    return result


def _compute_vertical_slowness(p: Array, velocity: Array) -> Array:
    """Return ``sqrt(1 / v^2 - p^2)``, with a positive imaginary part where it is not real."""
    square = 1 / velocity**2 - p**2
    result: Array = np.sqrt(square if (square >= 0).all() else square.astype(np.complex128))
    return result


def _check_media(*arguments: ArrayLike) -> _Media:
    """Return the arguments as arrays in double precision, or raise a `ValueError`."""
    m = {
        name: as_finite_array(value, name)
        for name, value in zip((*_Media._fields[:-1], "angles"), arguments, strict=True)
    }
    for name, value in m.items():
        if value.dtype.kind == "c":
            raise ValueError(f"{name} must be real, got {value.dtype}")
        if name != "angles" and value.min() <= 0:
            raise ValueError(f"{name} must be positive, got {float(value.min()):g}")
    angles = m.pop("angles")
    outside = angles[(angles < 0) | (angles >= 90)]
    if outside.size:
        raise ValueError(f"angles must be from 0 to below 90 degrees, got {float(outside[0]):g}")
    try:
        np.broadcast_shapes(angles.shape, *(value.shape for value in m.values()))
    except ValueError as error:
        shapes = ", ".join(f"{name} {value.shape}" for name, value in m.items())
        raise ValueError(f"{shapes} and angles {angles.shape} do not broadcast") from error
    for shear, pressure in (("vs1", "vp1"), ("vs2", "vp2")):
        if (m[shear] >= m[pressure]).any():
            raise ValueError(
                f"{shear} must be below {pressure} everywhere; it is {float(m[shear].max()):g} "
                f"at most, and {pressure} is {float(m[pressure].min()):g} at least"
            )
    values = (value.astype(np.float64, copy=False) for value in (*m.values(), np.deg2rad(angles)))
    return _Media(*values)
