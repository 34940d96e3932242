"""Which group explains most of the residual when all active groups are fitted anew.

Correlations of the residual with orthonormal columns of every group are down-dated,
and so is what is left of the groups; their ratio is exactly by how much the residual
would fall.
"""

from __future__ import annotations

import numpy as np

from ..arrays import IntArray
from ..ties import index_of_largest
from ._greedy_fit import GreedyFit
from ._projected_groups import ProjectedGroups

_ROUNDING = 100.0


class ExplainedChoice:
    """The groups that may still be chosen, and how much each would explain.

    Parameters
    ----------
    fit : GreedyFit
        The fit, to which groups are added through this object from now on.
    known : ndarray of int
        Groups that have been fitted before.
    """

    sees_signal = False

    def __init__(self, fit: GreedyFit, known: IntArray) -> None:
        self.fit, self.groups = fit, fit.view.groups
        self._rounding = _ROUNDING * float(np.finfo(fit.residual.dtype).eps) * fit.data_norm
        self._projected = ProjectedGroups(fit.view)
        self._images = self._projected.correlations(fit.residual)
        self._projected.take_out(self._projected.correlations(fit.qr.vectors))
        self._eligible = np.ones(self.groups.n_groups, dtype=bool)
        self._eligible[known] = False

    @property
    def is_finite(self) -> bool:
        """Whether the operator has given numbers so far."""
        return bool(np.isfinite(self._images).all())

    def best(self) -> int | None:
        """Return the group that explains most, if that is more than rounding."""
        if not self._eligible.any() or self.fit.residual_norm <= self._rounding:
            return None
        scores = self._projected.explained(self._images)
        scores[~self._eligible] = -1
        group = index_of_largest(scores)
        return group if self._rounding**2 < scores[group] < np.inf else None

    def include(self, group: int) -> bool:
        """Include a group in the fit; return whether that has changed the fit."""
        before = self.fit.qr.size
        self.fit.include(self.groups.members(group))
        self._eligible[group] = False
        if self.fit.qr.size == before:
            return False
        images = self._projected.correlations(self.fit.qr.vectors[before:])
        self._images -= self.fit.latest @ images
        self._projected.take_out(images)
        return True
