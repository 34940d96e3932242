"""Empirical rules that give the density and S velocity of a rock from its P velocity."""

from __future__ import annotations

from numpy.typing import ArrayLike

from ...toolkit.arrays import Array, as_finite_array


def gardner_density(vp: ArrayLike) -> Array:
    """Return the mean density of sedimentary rocks in kilograms per cubic metre.

    Gardner's rule ``rho = 310 vp^0.25`` [1]_, with positive P velocities in metres per second.

    References
    ----------
    .. [1] G. H. F. Gardner, L. W. Gardner, A. R. Gregory, "Formation velocity
       and density - the diagnostic basics for stratigraphic traps", Geophysics
       39(6), 1974.

    Examples
    --------
    >>> gardner_density([2000.0, 3000.0]).round()
    array([2073., 2294.])
    """
    v = as_finite_array(vp, "vp")
    if v.min() <= 0:
        raise ValueError(f"vp must be positive, got {v.min():g} m/s")
    result: Array = 310 * v**0.25
    return result


def mudrock_vs(vp: ArrayLike) -> Array:
    """Return the S velocity of water-saturated clastic rocks in metres per second.

    The mudrock line ``vp = 1.16 vs + 1360``, equation 1 of [1]_, with P velocities above 1360 m/s.

    References
    ----------
    .. [1] J. P. Castagna, M. L. Batzle, R. L. Eastwood, "Relationships between
       compressional-wave and shear-wave velocities in clastic silicate
       rocks", Geophysics 50(4), 1985.

    Examples
    --------
    >>> mudrock_vs([2520.0, 3680.0])
    array([1000., 2000.])
    """
    v = as_finite_array(vp, "vp")
    if v.min() <= 1360:
        raise ValueError(f"vp must be above 1360 m/s on the mudrock line, got {v.min():g} m/s")
    result: Array = (v - 1360) / 1.16
    return result
