"""The strength at which a penalty gives the zero solution: the scale for all others."""

from __future__ import annotations

from ..penalties import L21, GroupWeights, LatentOverlap, Penalty
from ..problem import Problem
from ..solvers.optimality.critical import critical_strength


def alpha_max(
    problem: Problem, group_weights: GroupWeights = None, *, penalty: Penalty | None = None
) -> float:
    """Return the smallest `alpha` for which every penalised group is zero.

    Parameters
    ----------
    problem : Problem
        Operator, data, groups. What is unpenalised, or has weight zero, is
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
        with `r` the data, less what the unpenalised coefficients explain;
        zero if nothing is penalised.

    Raises
    ------
    ValueError
        If the penalty is given twice, or its groups overlap and it is not
        `LatentOverlap`.

    Examples
    --------
    >>> import numpy as np
    >>> alpha_max(Problem(np.eye(4), [3.0, 4.0, 0.3, 0.4], groups=2))
    5.0
    """
    if penalty is None:
        penalty = L21(1.0, group_weights)
    elif group_weights is not None:
        raise ValueError("give group_weights or penalty, not both")
    if problem.groups.overlapping and not isinstance(penalty.core, LatentOverlap):
        raise ValueError("groups overlap: give penalty=LatentOverlap(1.0)")
    return critical_strength(problem, penalty)
