"""What folded concave penalties (MCP, SCAD) share: a sum over groups and a step by pieces."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ...arrays import Array

Values = Callable[[Array, Array], Array]  # of norms and strengths
Candidates = Callable[[Array, float, Array], list[Array]]  # of norms, the step and strengths


def sum_of_values(values: Values, norms: Array, strengths: Array) -> float:
    """Return the sum of ``values(norms, strengths)`` over the groups that are not zero."""
    counted = norms > 0
    return float(values(norms[counted].astype(float), strengths[counted]).sum())


def best_shrinkage(
    values: Values, candidates: Candidates, norms: Array, step: float, strengths: Array
) -> Array:
    """Return, for each group, the factor that scales its norm to the proximal minimiser.

    `candidates` returns, for each piece of the penalty, the norms at which the proximal
    objective is stationary. Comparing their objectives also covers nonconvex cases.
    """
    wide = norms.astype(float)
    finite = np.where(np.isfinite(strengths), strengths, 0.0)
    best, least = np.zeros(wide.shape), wide**2 / 2
    for candidate in candidates(wide, step, finite):
        cost = (candidate - wide) ** 2 / 2 + step * values(candidate, finite)
        better = cost < least
        best, least = np.where(better, candidate, best), np.where(better, cost, least)
    best = np.where(np.isfinite(strengths), best, 0.0)
    factors = np.divide(best, wide, out=np.zeros(wide.shape), where=wide > 0)
    result: Array = factors.astype(norms.dtype)
    return result
