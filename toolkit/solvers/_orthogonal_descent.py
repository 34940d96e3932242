"""Which descent suits an operator, and how far it is followed at one setting."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ..arrays import Array
from ..operators import CentredMatrix, Matrix
from ..solution import Status
from ._block_descent import BlockDescent
from ._feature_view import FeatureView
from ._orthogonal_point import Setting
from ._proximal_descent import ProximalDescent


class Descent(Protocol):
    """The state of a descent of the orthogonally weighted problem."""

    @property
    def rows(self) -> Array:
        """The coefficients, shape (K, n_features)."""

    @property
    def residual(self) -> Array:
        """What they leave of the data, shape (K, n_rows)."""

    @property
    def objective(self) -> float:
        """``||residual||^2 / (2 alpha) + Psi``."""

    @property
    def n_active(self) -> int:
        """The number of groups that are not zero."""

    @property
    def rank_margin(self) -> float:
        """The smallest over the largest eigenvalue of the metric."""

    def begin(self, setting: Setting) -> None:
        """Take the next steps at another setting."""

    def step(self, tol: float) -> bool:
        """Do one step; return whether the point has settled."""

    def violation(self) -> float:
        """Return by how much the first-order conditions fail, relative to the strength."""


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
