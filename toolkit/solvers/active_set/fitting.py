"""The choice of an active set by the loss."""

from __future__ import annotations

from ...losses import Squared
from ...problem import Problem
from .active_set import ActiveSet
from .newton_active_set import NewtonActiveSet
from .squares_active_set import SquaresActiveSet


def make_active_set(
    problem: Problem, ridge: float = 0.0, tol: float = 1e-12, max_fit_iter: int = 500
) -> ActiveSet:
    """Return no active groups yet, to be fitted by least squares, or Newton steps for other losses.

    `tol` and `max_fit_iter` are the accuracy of iterative least squares, as
    `PrimalDualActiveSet` defines them.
    """
    if isinstance(problem.loss, Squared):
        return SquaresActiveSet(problem, ridge, tol, max_fit_iter)
    return NewtonActiveSet(problem, ridge)
