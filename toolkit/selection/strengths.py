"""Strengths of a penalty: the critical one, above which the solution is zero, and others below."""

from __future__ import annotations

import numpy as np

from ..arrays import Array
from ..checks import check_count, check_fraction, check_instance, check_positive
from ..penalties import L21, GroupWeights, LatentOverlap, Penalty
from ..problem import Problem
from ..solvers.optimality.certificates import find_critical_strength

MOST_ALPHAS = 1_000_000


def alpha_max(
    problem: Problem, group_weights: GroupWeights = None, *, penalty: Penalty | None = None
) -> float:
    """Return the smallest `alpha` for which every penalised group is zero.

    Parameters
    ----------
    problem : Problem
        Operator, data, groups. Coefficients that are unpenalised, or have weight zero, are
        fitted first.
    group_weights : None, "sqrt" or array_like, optional
        As in `L21`.
    penalty : Penalty, optional
        Any other penalty; its own strength does not matter. By default the
        l2,1 norm with these weights.

    Returns
    -------
    float
        ``max_g ||(A^H r)_g|| / w_g`` for penalties with a slope ``w_g`` at zero,
        with `r` the residual of the fit by the unpenalised coefficients, ``-grad F`` for any
        loss ``F``; zero if nothing is penalised.

    Raises
    ------
    ValueError
        If the penalty is given twice, or its groups overlap and it is not
        `LatentOverlap`.

    Examples
    --------
    >>> alpha_max(Problem(np.eye(4), [3.0, 4.0, 0.3, 0.4], groups=2))
    5.0
    """
    check_instance("problem", problem, Problem)
    if penalty is None:
        penalty = L21(1.0, group_weights)
    elif group_weights is not None:
        raise ValueError("give group_weights or penalty, not both")
    check_instance("penalty", penalty, Penalty)
    if problem.groups.overlapping and not isinstance(penalty.base, LatentOverlap):
        raise ValueError("groups overlap: give penalty=LatentOverlap(1.0)")
    return find_critical_strength(problem, penalty)


def make_alphas(largest: float, n_alphas: int = 100, ratio: float = 1e-2) -> Array:
    """Return a geometrically falling sequence of strengths.

    Parameters
    ----------
    largest : float
        The first, usually `alpha_max`.
    n_alphas : int
        The number of strengths, at most a million.
    ratio : float
        The last relative to the first, between 0 and 1.

    Returns
    -------
    ndarray of float, shape (n_alphas,)
        From `largest` to ``ratio * largest``.

    Raises
    ------
    ValueError
        If a number is out of its range.

    Examples
    --------
    >>> make_alphas(8.0, 4, ratio=0.125)
    array([8., 4., 2., 1.])
    """
    check_count("n_alphas", n_alphas, most=MOST_ALPHAS)
    check_fraction("ratio", ratio)
    check_positive("largest", largest)
    alphas: Array = largest * float(ratio) ** (np.arange(n_alphas) / max(1, int(n_alphas) - 1))
    return alphas
