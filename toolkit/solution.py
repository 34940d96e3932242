"""What a solver gives back: coefficients, how it ended, and how good they are."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from .arrays import Array, IntArray


class ConvergenceWarning(UserWarning):
    """A solver stopped before it reached what it was asked for."""


# Of this thread alone, unlike the filters of `warnings`.
_announced = ContextVar("_announced", default=True)


@contextmanager
def without_warnings() -> Iterator[None]:
    """Let solutions say how they ended by their status alone, in this thread.

    For code that looks at the status itself.

    Examples
    --------
    >>> import numpy as np
    >>> from groupsparse.toolkit.penalties import L21
    >>> from groupsparse.toolkit.problem import Problem
    >>> from groupsparse.toolkit.solvers import FISTA
    >>> problem = Problem([[1.0, 2.0], [3.0, 5.0]], [1.0, -1.0])
    >>> with without_warnings():
    ...     FISTA(L21(1e-3), max_iter=1).solve(problem).status.name
    'MAX_ITER'
    """
    token = _announced.set(False)
    try:
        yield
    finally:
        _announced.reset(token)


class Status(Enum):
    """How a solver ended; the value is a message for people."""

    CONVERGED = "converged to the requested accuracy"
    MAX_ITER = "stopped at the largest number of iterations before converging"
    STOPPED = "stopped by the callback"
    SATURATED = "the data cannot determine more coefficients; noise level or count not reached"
    DIVERGED = "the objective was no longer finite: the step is too long, or the operator is broken"
    NOISE_LEVEL_NOT_REACHED = "the path ended before the residual fell to the noise level"
    RANK_LOST = "the coefficients came near a lower rank, where the penalty jumps; use gamma > 0"

    @property
    def is_success(self) -> bool:
        """Whether the solver reached what it was asked for."""
        return self is Status.CONVERGED


class Certificate(NamedTuple):
    """How far from optimal a solution is at most, and in which measure.

    Attributes
    ----------
    kind : str
        "duality_gap" (the objective is at most `value` above the optimum),
        "subdifferential_distance" (the norm of the smallest subgradient of
        the objective), "coordinatewise" (the relative violation of the
        thresholds of the l0(l2) problem; 0 at a blockwise minimiser),
        "normal_equations" (the gradient's norm on the active columns relative
        to that of the whole gradient at zero; 0 at the least-squares fit), or
        "stationarity" (of random iterations that are averaged: half the
        distance between the means over their earlier and later half, relative
        to the mean; before there are two such means, the relative size of the
        last step: how settled the mean is, not how near to an optimum; of
        sparse Bayesian learning: the largest change of what a group explains in
        the last iteration, relative to the largest), or
        "first_order" (the largest violation of the first-order conditions of a
        problem that is not convex, relative to its strength).
    value : float
        Non-negative; zero at an optimum.
    """

    kind: str
    value: float


class Progress(NamedTuple):
    """What a solver tells its callback after each iteration.

    Attributes
    ----------
    iteration : int
        Iterations done.
    fraction : float
        How far the run has come, from 0 to 1, by the solver's own measure.
    objective : float
        The objective, or the residual norm where no objective is fixed.
    n_active : int
        Active groups.
    """

    iteration: int
    fraction: float
    objective: float
    n_active: int


@dataclass(frozen=True, eq=False)
class Solution:
    """The result of `solver.solve(problem)`, the same for every solver.

    Attributes
    ----------
    coef : ndarray
        The coefficients, in the shape of the operator's domain.
    active_groups : ndarray of int
        The groups that are not zero, in increasing order.
    status : Status
        How the solver ended.
    objective : float
        ``1/2 ||A x - y||^2 + alpha * Omega(x)`` at `coef`.
    certificate : Certificate
        How far from optimal `coef` is.
    alpha : float
        The strength at which the solver ended.
    residual_norm : float
        ``||A x - y||``.
    iterations : int
        Iterations done.
    seconds : float
        Wall-clock time.
    history : mapping of str to ndarray
        One value per iteration (or per step of a path) and key.
    latent : ndarray, optional
        The latent copies behind `coef`, for groups that overlap: group after group.
    """

    coef: Array = field(repr=False)
    active_groups: IntArray = field(repr=False)
    status: Status
    objective: float
    certificate: Certificate
    alpha: float
    residual_norm: float
    iterations: int
    seconds: float
    history: Mapping[str, Array] = field(default_factory=dict, repr=False)
    latent: Array | None = field(default=None, repr=False)

    def with_coef(self, coef: Array) -> Solution:
        """Return the same solution with its coefficients in other coordinates, without a warning.

        Parameters
        ----------
        coef : ndarray
            The coefficients.

        Returns
        -------
        Solution
            Otherwise the same.
        """
        return self._changed(coef=coef)

    def with_residual_norm(self, residual_norm: float) -> Solution:
        """Return the same solution with its residual in other units, without a warning.

        Parameters
        ----------
        residual_norm : float
            The norm.

        Returns
        -------
        Solution
            Otherwise the same.
        """
        return self._changed(residual_norm=residual_norm)

    def with_status(self, status: Status) -> Solution:
        """Return the same solution with another status, without a warning.

        Parameters
        ----------
        status : Status
            The status.

        Returns
        -------
        Solution
            Otherwise the same.
        """
        return self._changed(status=status)

    def after(self, iterations: int, seconds: float) -> Solution:
        """Return the same solution with work done before it counted in, without a warning.

        Parameters
        ----------
        iterations : int
            Iterations done before.
        seconds : float
            Time they took.

        Returns
        -------
        Solution
            Otherwise the same.
        """
        return self._changed(
            iterations=self.iterations + iterations, seconds=self.seconds + seconds
        )

    def _changed(self, **values: object) -> Solution:
        changed = copy.copy(self)
        for name, value in values.items():
            object.__setattr__(changed, name, value)
        return changed

    def __post_init__(self) -> None:
        if _announced.get() and self.status not in (Status.CONVERGED, Status.STOPPED):
            warnings.warn(
                f"{self.status.value} ({self.iterations} iterations, "
                f"{self.certificate.kind.replace('_', ' ')} {self.certificate.value:.2g})",
                ConvergenceWarning,
                stacklevel=6,  # where `solve` was called
            )
