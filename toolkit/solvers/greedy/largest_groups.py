"""The fit on the largest groups of a solution.

A greedy method that is asked for s groups must be right at every step. Asked for a few
more, it only needs to have the s among them: a false group that the data do not need
gets small coefficients in the least-squares fit, so that the s groups of largest norm
are the support (the pruning step of Needell and Tropp, "CoSaMP: iterative signal
recovery from incomplete and inaccurate samples", 2009, and of Dai and Milenkovic's
subspace pursuit). Cost: one QR factorisation of the columns kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from ...arrays import Array
from ...losses import Loss, Squared
from ...problem import Problem
from ...reformulations.feature_view import FeatureView
from ...solution import Solution
from ..counting_solver import CountingSolver
from ..least_squares.growing_fit import GreedyFit, GrowingFit
from .newton_pursuit import NewtonGrowingFit
from .pursuit import OrderedChoice, Pursuit


@dataclass(frozen=True)
class LargestGroups(CountingSolver):
    """Keep the groups of largest norm of the start, and refit them.

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
    which makes this plain thresholding; for other losses the gradient at zero. The solution has
    ``alpha = 0``, the loss as objective, for the squared one ``1/2 ||A x - y||^2``, and a
    certificate of the normal equations; `history` holds, per group included: "group",
    "n_active", "residual_norm".

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

    accepted_losses: ClassVar[tuple[type[Loss], ...]] = (Loss,)

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Fit the largest groups."""
        none = np.empty(0, dtype=np.intp)
        fit, norms = _begin(problem)
        if start is not None:
            norms = problem.groups.norms(start)
        return Pursuit(self, fit, none, lambda: OrderedChoice(fit, none, norms)).run()


def _begin(problem: Problem) -> tuple[GrowingFit, Array]:
    """Return the fit without any group, and the norms of the groups of its gradient."""
    if not isinstance(problem.loss, Squared):
        newton = NewtonGrowingFit(problem)
        return newton, problem.groups.norms(newton.first_gradient)
    view = FeatureView.of(problem, rotate=True, rescale=True)
    return GreedyFit(view), view.groups.joint_norms(view.correlations(view.data))
