"""Simultaneous orthogonal least squares: the group joins that lessens the residual most.

Simultaneous OMP compares correlations with the columns as they are; here the columns are
projected off the active ones first, so that a step is what it promises: with an
orthonormal basis Q_g of what is left of a group, ``||R||_F^2`` falls by ``||Q_g^H R||_F^2``
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
from .greedy_solver import GreedySolver


@dataclass(frozen=True)
class SimultaneousOLS(GreedySolver):
    """Simultaneous orthogonal least squares, by down-dating.

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
    SubsetSearch : Goes on from here by exchanging features.

    Notes
    -----
    The answer does not depend on the norms of columns, or the basis of a group.

    Examples
    --------
    >>> import numpy as np
    >>> from groupsparse.toolkit.problem import Problem
    >>> problem = Problem(np.array([[1.0, 0.0, 10.0], [0.0, 1.0, 10.0]]), [[3.0, 2.0], [0.0, 0.0]])
    >>> SimultaneousOLS(n_groups=1).solve(problem).active_groups
    array([0])
    """

    def _choice(self, fit: GreedyFit, known: IntArray) -> ExplainedChoice:
        return ExplainedChoice(fit, known)


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
