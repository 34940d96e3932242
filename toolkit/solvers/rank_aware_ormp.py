"""Rank-aware order-recursive matching pursuit: whole channels together, by the space they span.

At each step the group joins the active set whose columns, projected off the active
ones and made orthonormal, Q_g, lie closest to the signal space of the residual: with
an orthonormal basis U of it, ``||U^H Q_g||`` is largest (Davies and Eldar, "Rank
awareness in joint sparse recovery", 2012, algorithm RA-ORMP). How strong the signal is
in each direction of its space does not count, so a matrix of r independent channels
is worth r times as much as one channel. For a noisy residual, a basis of all that it
spans is mostly one of the noise; here U has the residual's numerical rank: as many
left singular vectors as there are singular values that noise would not reach.

Cost of a step with r directions of signal: one product with the adjoint for each new
column, and ``(n_rows + n_features) r^2``. Everything is up- or down-dated: the QR
factorisation of the active columns, what is left of the groups, and the correlations.
Norms of all columns are needed once: where an operator computes them from columns,
and for groups of several features, that costs all of its columns.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..arrays import IntArray
from ..checks import check_count
from ._greedy_fit import GreedyFit
from ._greedy_solver import GreedySolver
from ._rank_aware_choice import RankAwareChoice


@dataclass(frozen=True)
class RankAwareORMP(GreedySolver):
    """Rank-aware order-recursive matching pursuit (RA-ORMP) with a signal space of numerical rank.

    Parameters
    ----------
    noise_level : float, optional
        The norm of the noise over all channels, taken to be white. Stop when the
        residual is not above it, and has no singular value that noise would
        hardly reach: it may be small enough with groups missing yet.
    n_groups : int, optional
        Stop when this many groups are active. One of the two is needed; with
        both, whichever comes first stops.
    callback : callable, optional
        Called with a `Progress` after each step; a true result stops.
    rank : int, optional
        The rank of the signal. By default it is estimated from the singular
        values of the data and `noise_level`, or from these alone.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or neither stop is given; from
        `solve`, if `rank` exceeds the numerical rank of the data.

    Notes
    -----
    For one channel this is order-recursive matching pursuit, also known as
    orthogonal least squares: the group joins that lessens the residual most.
    The answer does not depend on the norms of columns, or the basis of a group.

    Where `noise_level` is known, give only that, even if the number s of active groups is
    known as well: a wrong choice is then followed by the right ones, and has a small norm
    in the end. The s groups of largest norm are the support far more often at low rank.

    Examples
    --------
    >>> import numpy as np
    >>> from groupsparse.datasets import make_joint_sparse
    >>> data = make_joint_sparse(40, 100, 10, 20, rank=8, snr_db=30, random_state=0)
    >>> solution = RankAwareORMP(n_groups=20).solve(data.problem)
    >>> bool(np.array_equal(solution.active_groups, data.active_groups))
    True
    """

    rank: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rank is not None:
            check_count("rank", self.rank)

    def _choice(self, fit: GreedyFit, known: IntArray) -> RankAwareChoice:
        return RankAwareChoice(fit, known, self.rank, self.noise_level, self.n_groups)
