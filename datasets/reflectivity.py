"""Random reflectivities: reflectors that several shots share, or independent traces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from ..toolkit.arrays import Array, IntArray
from ..toolkit.checks import (
    as_shape,
    check_choice,
    check_count,
    check_fraction,
    check_not_negative,
    check_positive,
)
from ..toolkit.randomness import RandomState, make_generator


class JointReflectivity(NamedTuple):
    """Reflectivity, (shot, time), and the samples of the reflectors that all shots share."""

    reflectivity: Array
    reflectors: IntArray


def make_joint_reflectivity(
    n_shots: int = 8,
    n_samples: int = 500,
    n_reflectors: int = 25,
    *,
    variation: float = 0.5,
    polarity: str = "kept",
    random_state: RandomState = None,
) -> JointReflectivity:
    """Draw reflectors at random samples, with strengths that vary from shot to shot.

    Parameters
    ----------
    n_shots, n_samples, n_reflectors : int
        The samples of reflectors are all different.
    variation : float, default 0.5
        Strengths are Laplace distributed with scale 1, times ``1 + variation * N(0, 1)``, drawn
        independently for every shot.
    polarity : {"kept", "reversing"}, default "kept"
        "reversing": instead of 1, a factor that goes linearly from 1 at the first shot to -1 at the
        last, as for coefficients that change sign with offset (AVO class II).
    random_state : int, Generator, RandomState or None
        The seed.

    Returns
    -------
    JointReflectivity
        `reflectivity` and `reflectors`.

    Raises
    ------
    ValueError
        If a number is out of range, or there are more reflectors than samples.

    Examples
    --------
    >>> made = make_joint_reflectivity(4, 200, 10, random_state=0)
    >>> made.reflectivity.shape, made.reflectors.size
    ((4, 200), 10)
    """
    for name, value in (
        ("n_shots", n_shots),
        ("n_samples", n_samples),
        ("n_reflectors", n_reflectors),
    ):
        check_count(name, value)
    if n_reflectors > n_samples:
        raise ValueError(f"n_reflectors must be at most n_samples, {n_samples}, got {n_reflectors}")
    check_not_negative("variation", variation)
    check_choice("polarity", polarity, ("kept", "reversing"))
    rng = make_generator(random_state)
    reflectors = np.sort(rng.choice(n_samples, n_reflectors, replace=False))
    strengths = rng.laplace(size=n_reflectors)
    trend = np.ones(n_shots) if polarity == "kept" else np.linspace(1, -1, n_shots)
    factors = trend[:, None] + variation * rng.standard_normal((n_shots, n_reflectors))
    reflectivity = np.zeros((n_shots, n_samples))
    reflectivity[:, reflectors] = strengths * factors
    return JointReflectivity(reflectivity, reflectors)


def make_random_reflectivity(
    shape: int | Sequence[int],
    *,
    density: float = 0.05,
    scale: float = 1.0,
    random_state: RandomState = None,
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
    random_state : int, Generator, RandomState or None
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
    lengths = as_shape("shape", shape)
    check_fraction("density", density)
    check_positive("scale", scale)
    rng = make_generator(random_state)
    strengths = rng.laplace(scale=scale, size=lengths)
    result: Array = np.where(rng.random(lengths) < density, strengths, 0.0)
    return result
