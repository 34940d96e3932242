"""Compressive MUSIC: part of the support by compressed sensing, the rest by MUSIC.

Where X has s non-zero rows and rank r < s, any joint-sparse method finds s - r rows; the
generalised MUSIC criterion finds the others: those whose columns lie in the span of
signal space and columns found (Kim, Lee and Ye, "Compressive MUSIC: revisiting the
link between compressive sensing and array signal processing", 2012, theorem 2).
Simultaneous OMP finds the first part, as published. Cost: that of it and of `MUSIC`.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..greedy.simultaneous_omp import SimultaneousOMP
from ..solver import Solver
from .augmented_music import AugmentedMUSIC


@dataclass(frozen=True)
class CompressiveMUSIC(AugmentedMUSIC):
    """Compressive MUSIC (CS-MUSIC): part of the support by simultaneous OMP, the rest by MUSIC.

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
        as the class of a solver does. Default `SimultaneousOMP` with ``norm=2``.
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

    With another finder this is `SubspaceAugmentedMUSIC`, and conversely: the
    generalised criterion and that of the augmented signal space are one.

    Examples
    --------
    >>> from groupsparse.datasets import make_joint_sparse
    >>> data = make_joint_sparse(30, 50, n_active=10, rank=6, random_state=0)
    >>> solution = CompressiveMUSIC(n_groups=10).solve(data.problem)
    >>> bool((solution.active_groups == data.active_groups).all())
    True
    """

    def make_finder(self, n_partial: int, n_groups: int, rank: int) -> Solver:
        """Return a solver that finds `n_partial` groups."""
        if self.finder is not None:
            return self.finder(n_groups=n_partial)
        return SimultaneousOMP(n_groups=n_partial, norm=2)
