"""Strengths on the way from one to another."""

from __future__ import annotations

import numpy as np

from ..arrays import Array


def strengths_between(begin: float, end: float, step: float) -> Array:
    """Return the strengths between two, in equal steps of about a given factor.

    Parameters
    ----------
    begin, end : float
        The strengths, neither of them among the result.
    step : float
        The factor from one to the next, below 1.

    Returns
    -------
    ndarray of float
        Falling; none if `end` is not positive or not below `begin`.

    Examples
    --------
    >>> strengths_between(1.0, 0.001, 0.1)
    array([0.1 , 0.01])
    """
    if not 0 < end < begin:
        return np.empty(0)
    n_steps = max(1, round(float(np.log(end / begin) / np.log(step))))
    return begin * (end / begin) ** (np.arange(1, n_steps) / n_steps)
