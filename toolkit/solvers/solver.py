"""The contract of every solver: frozen settings, and `solve(problem, start=None)`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import ClassVar

import numpy as np

from ..arrays import Array
from ..checks import check_callable
from ..convergence import warn_unless_converged, without_warnings
from ..execution.blas_threads import limit_blas_threads
from ..losses import Loss, Squared
from ..penalties import GroupWeights
from ..problem import Problem
from ..solution import Solution, Status
from .goal import Goal
from .requirements import Requirement, check_is_problem, check_loss, check_numbers


class Solver(ABC):
    """A method with its settings, as a frozen dataclass.

    A subclass lists in `requires` what a problem must have, in `accepted_losses` what it can
    minimise, and writes `_solve`.
    """

    requires: ClassVar[tuple[Requirement, ...]] = ()
    accepted_losses: ClassVar[tuple[type[Loss], ...]] = (Squared,)

    def solve(self, problem: Problem, start: Array | None = None) -> Solution:
        """Solve a problem.

        Parameters
        ----------
        problem : Problem
            Operator, data, groups.
        start : array_like, optional
            Coefficients to start from, of the problem's shape. What they mean to a
            method, and where it starts by default, is in the notes of its class.

        Returns
        -------
        Solution
            Its status says how the solver ended. A status other than CONVERGED or
            STOPPED also gives one `ConvergenceWarning`, at the line of the caller.

        Raises
        ------
        ValueError
            If the problem lacks what the solver requires, or `start` cannot be
            coefficients of the problem.
        """
        self.check_problem(problem)
        check_numbers(self, problem.dtype)
        begin = None if start is None else problem.copy_start(start)
        silent = np.errstate(over="ignore")  # strengths may be infinite in single precision
        threads = limit_blas_threads(self._n_vectors * problem.n_multiplications)
        with silent, without_warnings(), threads:
            solution = self.goal.judge(problem, self._solve(problem, begin))
            solution = _refuse_what_is_not_finite(solution)
        warn_unless_converged([solution])
        return solution

    def check_problem(self, problem: Problem) -> None:
        """Raise a `ValueError` if the problem lacks what the solver requires."""
        check_is_problem(problem)
        check_callable("callback", getattr(self, "callback", None))
        check_loss(type(self).__name__, self.accepted_losses, problem)
        for requirement in self.requires:
            requirement.check(type(self).__name__, problem)

    @property
    def goal(self) -> Goal:
        """Where the solver stops, by which the status of its solutions is judged."""
        return Goal()

    @property
    def group_weights(self) -> GroupWeights:
        """The weights of the groups in the penalty; a `ValueError` if the solver has none."""
        raise ValueError(f"solver must have a penalty with group weights, got {self!r}")

    def with_group_weights(self, weights: GroupWeights) -> Solver:
        """Return the solver with other weights of the groups; a `ValueError` if it has none."""
        raise ValueError(f"solver must have a penalty with group weights, got {self!r}")

    @property
    def _n_vectors(self) -> int:
        """How many vectors a channel's matrix is multiplied with at once, at least."""
        return 1

    @abstractmethod
    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Solve a problem that has been checked, from checked coefficients."""


def _refuse_what_is_not_finite(solution: Solution) -> Solution:
    """Return a solution that is not called converged if a number of it is not finite."""
    if not solution.status.is_success:
        return solution
    figures = (solution.objective, solution.residual_norm, solution.certificate.value)
    if np.isfinite(figures).all() and np.isfinite(solution.coef).all():
        return solution
    return replace(solution, status=Status.DIVERGED)
