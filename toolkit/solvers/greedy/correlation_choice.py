"""The group that correlates most with the residual, as long as one does beyond rounding.

What a group can still explain is rounding if its correlation is tiny beside
``||A_g|| ||y||``. The norms of all groups cost more than a step, so they are
computed only when a largest correlation gives reason to.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ...arrays import Array, IntArray, squared_magnitude
from ...groups import Groups
from ...ties import index_of_largest
from ..least_squares.growing_fit import GreedyFit
from .correlations import make_correlations
from .pursuit import Choice

_SUSPICIOUS = 1e-6


class CorrelationChoice(Choice):
    """The choice by the norm over channels k, 1, 2 or inf, of ``||A_g^H r_k||``.

    `scores`, (n_groups,), are these norms, and -1 for groups that may not be chosen.
    """

    def __init__(self, fit: GreedyFit, known: IntArray, norm: float = 2) -> None:
        super().__init__(fit, known)
        self.fit = fit
        self._norm = norm
        self._correlations = make_correlations(fit)
        # A norm over channels exceeds the Euclidean one by at most this factor.
        self._floor = self._rounding * float(len(fit.residual) ** max(0.0, 1 / norm - 0.5))
        self.scores = self._compute_scores()
        self._suspicious = self._find_suspicious_score()

    @property
    def is_finite(self) -> bool:
        """Whether all that the operator returned so far is finite."""
        return bool(np.isfinite(self._correlations.values()).all())

    def find_best(self) -> int | None:
        """Return the group with the largest score, if it is more than rounding."""
        if not self.scores.size or self.fit.residual_norm <= self._rounding:
            return None
        if self.scores.max() <= self._suspicious:
            self._correlations.refresh()
            self.scores = self._compute_scores()
            self._eligible &= (self.scores > self._floor * self._norms) & self._visible
            self.scores[~self._eligible] = -1
        group = index_of_largest(self.scores)
        return group if 0 < self.scores[group] < np.inf else None

    def include(self, group: int) -> bool:
        """Include a group in the fit; return whether that has changed the fit."""
        n_new = self._correlations.include(group, self.scores)
        self._eligible[group] = False
        self.scores = self._compute_scores()
        return n_new > 0

    def _compute_scores(self) -> Array:
        values, scales = self._correlations.values(), self.fit.view.scales
        if scales is not None:
            values = values * scales.astype(values.real.dtype)[:, None]
        scores = compute_channel_norms(values, self.groups, self._norm)
        return np.where(self._eligible, scores, -1)

    def _find_suspicious_score(self) -> float:
        """Return a score that may be rounding: far below the first, or below its group's."""
        if not self.scores.size:
            return 0.0
        group = int(np.argmax(self.scores))
        norm = float(np.linalg.norm(self.fit.view.operator.columns(self.groups.members(group))))
        return max(_SUSPICIOUS * float(self.scores[group]), self._floor * norm)

    @cached_property
    def _norms(self) -> Array:
        """The Frobenius norm of every group's columns."""
        return self.groups.norms(self.fit.view.operator.column_norms())

    @property
    def _visible(self) -> Array:
        """Which groups are more than rounding, where the operator computes its columns."""
        if self.fit.view.operator.exact_columns:
            return np.ones(self._norms.shape, dtype=bool)
        result: Array = self._norms > self.fit.qr.tolerance * self._norms.max()
        return result


def compute_channel_norms(values: Array, groups: Groups, norm: float) -> Array:
    """Return ``(sum_k ||values_k,g||^norm)^(1/norm)`` for every group g.

    `values` has shape (K, n_features), `norm` is 1, 2 or inf.
    """
    if norm == 2:  # both sums are one, and it is faster to sum over channels first
        return groups.joint_norms(values)
    energy = squared_magnitude(values)
    if not groups.n_groups:
        return np.zeros(0, energy.dtype)
    within = np.add.reduceat(energy[:, groups.indices], groups.indptr[:-1], axis=1)
    result: Array = np.linalg.norm(np.sqrt(within), norm, axis=0)
    return result
