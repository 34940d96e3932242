"""Subspace-augmented MUSIC: a greedy search within the signal space, then MUSIC.

Where X has s non-zero rows and rank r < s, MUSIC fails. Orthogonal subspace matching
pursuit finds s - r rows: the next one is that whose column, projected off those found,
lies closest to the signal space projected likewise. The columns found augment the
signal space to dimension s, and the remaining rows are those that MUSIC finds in it
(Lee, Bresler and Junge, "Subspace methods for joint sparse recovery", 2012). Cost: that
of the pursuit and of `MUSIC`.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...solution import Progress
from ..greedy.rank_aware_ormp import RankAwareORMP
from ..solver import Solver
from .augmented_music import AugmentedMUSIC


@dataclass(frozen=True)
class SubspaceAugmentedMUSIC(AugmentedMUSIC):
    """Subspace-augmented MUSIC (SA-MUSIC): part of the support greedily, the rest by MUSIC.

    Parameters
    ----------
    noise_level : float, optional
        The norm of the noise: find the fewest groups that leave a residual
        not above it.
    n_groups : int, optional
        s, the number of active groups; with `noise_level`, the largest one.
        One of the two is needed.
    rank : int, optional
        r, the rank of what is not noise; estimated from `noise_level` or from
        the singular values of the data by default.
    finder : callable, optional
        ``finder(n_groups=n)`` makes the solver that finds the partial support,
        as the class of a solver does. Default the first steps of
        `RankAwareORMP`, which are those of orthogonal subspace matching
        pursuit, except that directions lost in the noise no longer count.
    callback : callable, optional
        Called with a `Progress` after each number of groups tried; a true
        result stops.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or neither stop is given.

    Notes
    -----
    The groups that are not zero in `start` are known to be active and count as part of the
    partial support. The solution has ``alpha = 0``, the objective ``1/2 ||A x - y||^2`` and a
    certificate of the normal equations; `history` holds, per group that MUSIC included:
    "group", "n_active", "residual_norm". Iterations and seconds include the finder's.

    The published criterion divides the part of a column within the augmented
    space by the whole column; here both are taken after projection off the
    partial support. Without noise both find the same rows; with noise this one
    finds more of them.

    With a few more than s groups, followed by `LargestGroups` of s (`InTurn`), it
    recovers more, as pursuits do.

    Examples
    --------
    >>> from groupsparse.datasets import make_joint_sparse
    >>> data = make_joint_sparse(30, 50, n_active=10, rank=6, random_state=0)
    >>> solution = SubspaceAugmentedMUSIC(n_groups=10).solve(data.problem)
    >>> bool((solution.active_groups == data.active_groups).all())
    True
    """

    def make_finder(self, n_partial: int, n_groups: int, rank: int) -> Solver:
        """Return a solver that finds `n_partial` groups of a pursuit that may go to `n_groups`."""
        if self.finder is not None:
            return self.finder(n_groups=n_partial)

        def is_enough(progress: Progress) -> bool:
            return progress.n_active >= n_partial

        return RankAwareORMP(n_groups=n_groups, rank=rank, callback=is_enough)
