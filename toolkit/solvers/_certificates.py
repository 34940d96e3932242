"""How far a point is from optimal: duality gaps and subgradients."""

from __future__ import annotations

import numpy as np

from ..arrays import Array, inner, squared_magnitude
from ..penalties import L21, GroupNormPenalty
from ..problem import Problem
from ..solution import Certificate


def certificate_of(
    problem: Problem, penalty: GroupNormPenalty, x: Array, residual: Array, objective: float
) -> Certificate:
    """Return a duality gap where there is one, else the distance to the subdifferential.

    A dual point of ``1/2 ||A x - y||^2 + alpha Omega(x)`` is any ``t`` with
    ``Omega*(A^H t) <= alpha``; its value is ``Re<t, y> - 1/2 ||t||^2``. The
    residual, scaled until it is feasible, is one. Unpenalised coefficients ask
    for ``A^H t = 0`` there, which scaling cannot reach: no gap then.

    Parameters
    ----------
    problem : Problem
        The problem.
    penalty : GroupNormPenalty
        Its penalty.
    x : ndarray
        The point.
    residual : ndarray
        ``y - A x``.
    objective : float
        The objective at `x`.

    Returns
    -------
    Certificate
        Of kind "duality_gap" or "subdifferential_distance".
    """
    correlation = problem.operator._adjoint(residual)
    if isinstance(penalty, L21) and not problem.groups.unpenalised.size:
        reach = penalty.dual_norm(correlation, problem.groups)
        if np.isfinite(reach):
            scale = min(1.0, penalty.alpha / reach) if reach else 1.0
            norm = float(squared_magnitude(residual).sum())
            dual = scale * inner(residual, problem.data) - scale**2 * norm / 2
            return Certificate("duality_gap", max(0.0, objective - dual))
    distance = penalty.subdifferential_distance(x, -correlation, problem.groups)
    return Certificate("subdifferential_distance", distance)
