"""Rank-aware row thresholding: rows are compared once with the signal space of the data.

The s rows with the largest ``||U^H a_n||`` are active, where U is an orthonormal basis
of the range of Y (Blanchard, Leedy and Wu, "On rank awareness, thresholding, and MUSIC
for joint sparse recovery", 2020). Plain thresholding has Y in place of U, which
favours strong rows and does not see the rank. With columns of unit norm this is
`MUSIC` without the need to know their norms. Cost: one singular value decomposition
of the data, and one product with the adjoint for each direction of the signal space.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...arrays import Array, squared_magnitude
from ..least_squares.growing_fit import GreedyFit
from .subspace_solver import SubspaceSolver


@dataclass(frozen=True)
class RankAwareThresholding(SubspaceSolver):
    """Keep the groups that correlate most with an orthonormal basis of the signal space.

    Parameters
    ----------
    noise_level : float, optional
        The norm of the noise: stop when the residual is not above it.
    n_groups : int, optional
        Stop when this many groups are active, known ones included. Without
        either stop: the known ones and as many as the rank.
    callback : callable, optional
        Called with a `Progress` after each group; a true result stops.
    rank : int, optional
        The rank of what is not noise; estimated from `noise_level` or from
        the singular values of the data by default.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Notes
    -----
    The groups that are not zero in `start` are known to be active and fitted first. The
    solution has ``alpha = 0``, the objective ``1/2 ||A x - y||^2`` and a certificate of the
    normal equations; `history` holds, per group: "group", "n_active", "residual_norm".

    Groups are compared in the columns as given, by the Frobenius norm of
    ``U^H A_g``. After known groups, U is a basis of the signal space projected off
    their columns.

    Examples
    --------
    >>> from groupsparse.datasets import make_joint_sparse
    >>> data = make_joint_sparse(30, 50, n_active=6, rank=6, random_state=0)
    >>> found = RankAwareThresholding(n_groups=6).solve(data.problem).active_groups
    >>> bool((found == data.active_groups).all())
    True
    """

    def _score(self, fit: GreedyFit, vectors: Array) -> Array:
        energy = squared_magnitude(fit.view.correlations(vectors)).sum(axis=0)
        return fit.view.groups.norms(np.sqrt(energy))
