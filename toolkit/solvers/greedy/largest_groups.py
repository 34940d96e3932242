"""Least squares on the largest groups of a solution.

A greedy method that is asked for s groups must be right at every step. Asked for a few
more, it only needs to have the s among them: a false group that the data do not need
gets small coefficients in the least-squares fit, so that the s groups of largest norm
are the support (the pruning step of Needell and Tropp, "CoSaMP: iterative signal
recovery from incomplete and inaccurate samples", 2009, and of Dai and Milenkovic's
subspace pursuit). Cost: one QR factorisation of the columns kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...arrays import Array, IntArray
from ...problem import Problem
from ...reformulations.feature_view import FeatureView
from ...solution import Solution
from ..counting_solver import CountingSolver
from ..least_squares.growing_fit import GreedyFit
from .pursuit import OrderedChoice, Pursuit


@dataclass(frozen=True)
class LargestGroups(CountingSolver):
    """Keep the groups of largest norm of the start, and refit them by least squares.

    Meant as the second of two solvers `InTurn`, after one that has found a few
    groups too many.

    Parameters
    ----------
    noise_level : float, optional
        The norm of the noise: stop when the residual is not above it.
    n_groups : int, optional
        Stop when this many groups are active. One of the two is needed; with
        both, whichever comes first stops.
    callback : callable, optional
        Called with a `Progress` after each group; a true result stops.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or neither stop is given.

    Notes
    -----
    Groups that are zero in `start` stay zero. Without a start, ``A^H y`` takes its place,
    which makes this plain thresholding. The solution has ``alpha = 0``, the objective
    ``1/2 ||A x - y||^2`` and a certificate of the normal equations; `history` holds, per
    group included: "group", "n_active", "residual_norm".

    Groups are compared by the norms of their coefficients. Where norms of
    columns differ, ``OrthonormalGroups(InTurn(first, LargestGroups(...)))``
    compares their contributions to the data.

    Examples
    --------
    >>> from groupsparse.datasets import make_joint_sparse
    >>> from groupsparse.toolkit.solvers import BlockOMP, InTurn
    >>> data = make_joint_sparse(40, 100, 10, 20, rank=8, random_state=0)
    >>> two = InTurn(BlockOMP(n_groups=30), LargestGroups(n_groups=20))
    >>> bool((two.solve(data.problem).active_groups == data.active_groups).all())
    True
    """

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Fit the largest groups."""
        view = FeatureView.of(problem, rotate=True)
        if start is None:
            norms = view.groups.joint_norms(view.correlations(view.data))
        else:
            norms = problem.groups.norms(start)

        def make_choice(fit: GreedyFit, known: IntArray) -> OrderedChoice:
            return OrderedChoice(fit, known, norms)

        return Pursuit(self, view, np.empty(0, dtype=np.intp), make_choice).run()
