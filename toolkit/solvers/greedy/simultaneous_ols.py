"""Simultaneous orthogonal least squares: the group that reduces the residual most joins.

Simultaneous OMP compares correlations with the columns as they are; here the columns are
projected off the active ones first, so that a score is the decrease itself: with an
orthonormal basis Q_g of a group's projected columns, ``||R||_F^2`` falls by ``||Q_g^H R||_F^2``
(Chen, Billings and Luo, "Orthogonal least squares methods and their application to
non-linear system identification", 1989, for several channels at once). With the
operator's own columns as data this is greedy column subset selection. Cost of a
step: one product with the adjoint, and ``(n_rows + n_features) K`` for K channels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...arrays import IntArray
from ...reformulations.projected_groups import ProjectedGroups
from ...ties import index_of_largest
from ..least_squares.growing_fit import GreedyFit
from .pursuit import Choice, GreedySolver


@dataclass(frozen=True)
class SimultaneousOLS(GreedySolver):
    """Simultaneous orthogonal least squares: each step adds the best group.

    Parameters
    ----------
    noise_level : float, optional
        The norm of the noise over all channels: stop when the residual is not
        above it.
    n_groups : int, optional
        Stop when this many groups are active. One of the two is needed; with
        both, whichever comes first stops.
    callback : callable, optional
        Called with a `Progress` after each step; a true result stops.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or neither stop is given.

    See Also
    --------
    SubsetSearch : Improves the result by exchanging features.

    Notes
    -----
    The groups that are not zero in `start` are known to be active and fitted first. The
    solution has ``alpha = 0``, the objective ``1/2 ||A x - y||^2`` and a certificate of the
    normal equations; `history` holds, per step: "group", "n_active", "residual_norm".

    The answer does not depend on the norms of columns, or the basis of a group.

    Examples
    --------
    >>> import numpy as np
    >>> from groupsparse.toolkit.problem import Problem
    >>> problem = Problem(np.array([[1.0, 0.0, 10.0], [0.0, 1.0, 10.0]]), [[3.0, 2.0], [0.0, 0.0]])
    >>> SimultaneousOLS(n_groups=1).solve(problem).active_groups
    array([0])
    """

    def make_choice(self, fit: GreedyFit, known: IntArray) -> ExplainedChoice:
        """Return the choice by the decrease of the residual."""
        return ExplainedChoice(fit, known)


class ExplainedChoice(Choice):
    """The choice of the group that explains most of the residual."""

    def __init__(self, fit: GreedyFit, known: IntArray) -> None:
        super().__init__(fit, known)
        self.fit = fit
        self._projected = ProjectedGroups(fit.view)
        self._images = self._projected.correlations(fit.residual)
        self._projected.take_out(self._projected.correlations(fit.qr.vectors))

    @property
    def is_finite(self) -> bool:
        """Whether all that the operator returned so far is finite."""
        return bool(np.isfinite(self._images).all())

    def find_best(self) -> int | None:
        """Return the group that explains most, if that is more than rounding."""
        if not self._eligible.any() or self.fit.residual_norm <= self._rounding:
            return None
        scores = self._projected.find_explained(self._images)
        scores[~self._eligible] = -1
        group = index_of_largest(scores)
        return group if self._rounding**2 < scores[group] < np.inf else None

    def include(self, group: int) -> bool:
        """Include a group in the fit; return whether that has changed the fit."""
        before = self._fit_group(self.fit, group)
        if self.fit.qr.size == before:
            return False
        images = self._projected.correlations(self.fit.qr.vectors[before:])
        self._images -= self.fit.latest @ images
        self._projected.take_out(images)
        return True
