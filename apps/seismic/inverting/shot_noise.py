"""The noise of every shot, as a norm in its live traces or per sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ....toolkit.arrays import Array, as_plain_array, as_real_array
from ....toolkit.checks import check_not_negative


def read_deviations(noise_level: ArrayLike, dead: Array, n_samples: int) -> Array:
    """Return the standard deviation of the noise of every shot, shape (shot,).

    `noise_level` is the norm of the noise in all live traces, or that of every shot in its own. A
    `ValueError` if it is neither, is negative, or is zero for some of the live shots only. `dead`
    (shot, trace) marks dead traces.

    Examples
    --------
    >>> read_deviations(10.0, np.zeros((2, 1), bool), 50)
    array([1., 1.])
    >>> read_deviations([5.0, 10.0], np.zeros((2, 1), bool), 25)
    array([1., 2.])
    """
    n_live = (~dead).sum(axis=1)
    if as_plain_array(noise_level, "noise_level").ndim == 0:
        check_not_negative("noise_level", noise_level)
        deviation = float(noise_level) / np.sqrt(n_samples * n_live.sum())  # type: ignore[arg-type]
        return np.full(len(dead), deviation)
    levels = as_real_array(noise_level, "noise_level").astype(float)
    if levels.shape != (len(dead),):
        raise ValueError(
            f"noise_level must be one number, or one for each of {len(dead)} shots, "
            f"got shape {levels.shape}"
        )
    heard = levels[n_live > 0]
    if heard.min() < 0 or (heard.any() and not heard.all()):
        raise ValueError(
            "noise_level must be positive for every shot, or zero for all of them, "
            f"got {heard.min():g} for one"
        )
    deviations = levels / np.sqrt(n_samples * np.maximum(n_live, 1))
    known: Array = np.where(n_live > 0, deviations, np.median(deviations[n_live > 0]))
    return known


def compute_levels(deviations: Array, dead: Array, n_samples: int) -> Array:
    """Return the norm of the noise in the live traces of every shot, shape (shot,).

    >>> compute_levels(np.array([1.0, 2.0]), np.zeros((2, 1), bool), 25)
    array([ 5., 10.])
    """
    levels: Array = deviations * np.sqrt(n_samples * (~dead).sum(axis=1))
    return levels
