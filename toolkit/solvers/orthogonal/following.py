"""Which descent suits an operator, and how far it is followed at one setting."""

from __future__ import annotations

from collections.abc import Callable

from ...arrays import Array
from ...operators import CentredMatrix, Matrix
from ...reformulations.feature_view import FeatureView
from ...solution import Status
from .block_descent import BlockDescent
from .descent import Descent
from .proximal_descent import ProximalDescent


def make_descent(view: FeatureView, rows: Array) -> Descent:
    """Return the descent that suits the operator's type.

    Parameters
    ----------
    view : FeatureView
        Operator, groups, data.
    rows : ndarray, shape (K, n_features)
        Coefficients to start from; the descent's own from now on.

    Returns
    -------
    Descent
        By sweeps over columns where these are at hand, else by proximal steps.
    """
    if isinstance(view.operator, Matrix | CentredMatrix):
        return BlockDescent(view, rows)
    return ProximalDescent(view, rows)


def settle(descent: Descent, tol: float, max_steps: int, report: Callable[[], bool]) -> Status:
    """Take steps until the point has settled.

    Parameters
    ----------
    descent : Descent
        At its setting.
    tol : float
        Relative to the objective.
    max_steps : int
        The most steps.
    report : callable
        Called after each; a true result stops.

    Returns
    -------
    Status
        CONVERGED, MAX_ITER or STOPPED.
    """
    for _ in range(max_steps):
        settled = descent.step(tol)
        if report():
            return Status.STOPPED
        if settled:
            return Status.CONVERGED
    return Status.MAX_ITER
