"""Reflectivities of several shots with common reflectors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..toolkit.arrays import Array, IntArray
from ..toolkit.checks import check_choice, check_count, check_not_negative


class JointReflectivity(NamedTuple):
    """Spikes (shot, time) at the same samples in all shots, and these samples, sorted."""

    reflectivity: Array
    reflectors: IntArray


def make_joint_reflectivity(
    n_shots: int = 8,
    n_samples: int = 500,
    n_reflectors: int = 25,
    *,
    variation: float = 0.5,
    polarity: str = "kept",
    random_state: int | np.random.Generator | None = None,
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
    random_state : int or numpy.random.Generator, optional
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
    rng = np.random.default_rng(random_state)
    reflectors = np.sort(rng.choice(n_samples, n_reflectors, replace=False))
    strengths = rng.laplace(size=n_reflectors)
    trend = np.ones(n_shots) if polarity == "kept" else np.linspace(1, -1, n_shots)
    factors = trend[:, None] + variation * rng.standard_normal((n_shots, n_reflectors))
    reflectivity = np.zeros((n_shots, n_samples))
    reflectivity[:, reflectors] = strengths * factors
    return JointReflectivity(reflectivity, reflectors)
