"""The strength at which a penalty gives the zero solution."""

from __future__ import annotations

import numpy as np

from ...arrays import Array
from ...execution.blas_threads import limit_blas_threads
from ...groups import Groups
from ...penalties import Penalty
from ...problem import Problem
from .certificates import without_free

_ROUNDING = 100.0


def critical_strength(problem: Problem, penalty: Penalty) -> float:
    """Return the smallest strength for which every penalised group is zero.

    Parameters
    ----------
    problem : Problem
        The problem.
    penalty : Penalty
        Its penalty; the strength does not matter.

    Returns
    -------
    float
        Zero if nothing penalised correlates with what the unpenalised
        coefficients leave of the data.
    """
    residual = problem.data
    free = penalty.free(problem.groups).reshape(problem.shape)
    with limit_blas_threads(problem.n_multiplications):
        everything = correlations = problem.operator.adjoint(problem.data)
        if free.any():
            residual = without_free(problem, free, residual)
            correlations = problem.operator.adjoint(residual)
    return critical_of(penalty, correlations, free, everything, problem.groups)


def critical_of(
    penalty: Penalty, correlations: Array, free: Array, everything: Array, groups: Groups
) -> float:
    """Return the dual norm of correlations, or zero where they are nothing but rounding.

    Parameters
    ----------
    penalty : Penalty
        The penalty.
    correlations : ndarray
        With what the unpenalised coefficients leave of the data.
    free : ndarray of bool
        Which coefficients are unpenalised.
    everything : ndarray
        Correlations with the whole data.
    groups : Groups
        The grouping.

    Returns
    -------
    float
        The critical strength.
    """
    penalised = np.where(free, 0, correlations)
    rounding = _ROUNDING * float(np.finfo(everything.dtype).eps)
    if np.linalg.norm(penalised) <= rounding * np.linalg.norm(everything):
        return 0.0
    return penalty.dual_norm(penalised, groups)


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
