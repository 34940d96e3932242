"""Random reflectivity that is independent from trace to trace."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..toolkit.arrays import Array
from ..toolkit.checks import check_count, check_fraction, check_positive


def make_random_reflectivity(
    shape: int | Sequence[int],
    *,
    density: float = 0.05,
    scale: float = 1.0,
    random_state: int | np.random.Generator | None = None,
) -> Array:
    """Draw reflectivity in which every sample independently is a reflector or zero.

    Parameters
    ----------
    shape : int or sequence of int
        Of the result; time is usually its last axis.
    density : float, default 0.05
        The probability that a sample is a reflector, between 0 and 1.
    scale : float, default 1.0
        Strengths are Laplace distributed with this scale.
    random_state : int or numpy.random.Generator, optional
        The seed.

    Returns
    -------
    ndarray of float64

    Raises
    ------
    ValueError
        If the shape has an empty axis or a number is out of range.

    See Also
    --------
    make_joint_reflectivity : Reflectors that several shots share.

    Examples
    --------
    >>> r = make_random_reflectivity((3, 1000), density=0.02, random_state=0)
    >>> r.shape, bool(0.01 < (r != 0).mean() < 0.03)
    ((3, 1000), True)
    """
    lengths = np.atleast_1d(np.asarray(shape, dtype=object)).tolist()
    for length in lengths:
        check_count("shape", length)
    check_fraction("density", density)
    check_positive("scale", scale)
    rng = np.random.default_rng(random_state)
    strengths = rng.laplace(scale=scale, size=lengths)
    result: Array = np.where(rng.random(lengths) < density, strengths, 0.0)
    return result
