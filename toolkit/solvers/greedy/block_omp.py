"""Group orthogonal matching pursuit: one group after another, by its correlation.

At each step the group whose columns correlate most with the residual, by
``||A_g^H r||``, joins the active set, and the data are fitted again by least
squares on all active columns (Eldar, Kuppinger and Bolcskei, "Block-sparse
signals: uncertainty relations and efficient recovery", 2010, section V), or by
Newton steps for another loss. For the squared one a QR
factorisation of the active columns is updated. Cost per step: one product with
the adjoint and ``n_rows * n_active * group size``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ...arrays import Array, IntArray
from ...losses import Loss, Squared
from ...problem import Problem
from ...solution import Solution
from ..counting_solver import find_known_groups
from ..least_squares.growing_fit import GreedyFit
from .correlation_choice import CorrelationChoice
from .newton_pursuit import GradientChoice, NewtonGrowingFit
from .pursuit import GreedySolver, Pursuit


@dataclass(frozen=True)
class BlockOMP(GreedySolver):
    """Group orthogonal matching pursuit: repeatedly add the most correlated group and refit.

    Parameters
    ----------
    noise_level : float, optional
        The norm of the noise: stop when the residual is not above it.
    n_groups : int, optional
        Stop when this many groups are active. One of the two is needed; with
        both, whichever comes first stops.
    callback : callable, optional
        Called with a `Progress` after each step; a true result stops.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or neither stop is given.

    Notes
    -----
    The groups that are not zero in `start` are known to be active and fitted first. The
    solution has ``alpha = 0``, the objective ``1/2 ||A x - y||^2`` and a certificate of the
    normal equations; `history` holds, per step: "group", "n_active", "residual_norm".

    With another loss, that is the objective; the group with the largest gradient of the loss
    joins, all are fitted by Newton steps, and `noise_level` is a root of the deviance. If groups
    separate classes, no further one joins.

    Groups are compared in the columns as given, as published: where columns of
    a group are correlated, or their norms differ, ``OrthonormalGroups(BlockOMP(...))``
    compares the parts of the residual that lie in the groups' spans instead.

    Examples
    --------
    >>> import numpy as np
    >>> from groupsparse.toolkit.problem import Problem
    >>> problem = Problem(np.eye(4), [3.0, 4.0, 0.3, 0.4], groups=2)
    >>> BlockOMP(noise_level=0.6).solve(problem).coef
    array([3., 4., 0., 0.])
    """

    accepted_losses: ClassVar[tuple[type[Loss], ...]] = (Loss,)

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Include group after group, in fits by least squares, or by Newton steps."""
        if isinstance(problem.loss, Squared):
            return super()._solve(problem, start)
        fit, known = NewtonGrowingFit(problem), find_known_groups(problem, start)
        return Pursuit(self, fit, known, lambda: GradientChoice(fit, known)).run()

    def make_choice(self, fit: GreedyFit, known: IntArray) -> CorrelationChoice:
        """Return the choice by the Euclidean norm of correlations."""
        return CorrelationChoice(fit, known)
