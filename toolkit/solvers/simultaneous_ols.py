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

from ..arrays import IntArray
from ._explained_choice import ExplainedChoice
from ._greedy_fit import GreedyFit
from ._greedy_solver import GreedySolver


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
