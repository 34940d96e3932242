"""Data with outliers, by any solver of the squared loss.

The data are signal, noise and a few outliers o of unknown places and sizes:

    min over x, o    1/2 ||A x + o - y||^2 + alpha Omega(x) + T ||o||_1

For every x the best o is the residual beyond the threshold T, so x minimises Huber's loss with
that threshold (She and Owen, "Outlier detection using nonconvex penalized regression", J. Am.
Stat. Assoc. 106, 2011, section 3). The two take turns: the solver is given the data without the
outliers, and the outliers are what its solution leaves beyond T. Operator, groups and penalty
stay the same in all rounds, so whatever a solver knows of them, such as banded Gram matrices,
still holds. A round costs one solve and one product with the operator.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np

from ...arrays import Array, inner
from ...checks import check_count, check_instance, check_positive, check_strength
from ...noise import estimate_noise
from ...problem import Problem
from ...solution import Certificate, CertificateKind, Solution, Status
from ..history import History
from ..optimality.session import PenalisedSolver
from ..solver import Solver


@dataclass(frozen=True)
class Robust(Solver):
    """Minimise Huber's loss by repeating a solver of the squared loss on data without outliers.

    Parameters
    ----------
    solver : Solver
        Any solver of the squared loss.
    threshold : float, default 3
        Residuals larger than this many standard deviations of the noise are outliers by their
        excess.
    scale : float, optional
        The standard deviation of the noise in a datum, ``(E |noise|^2)^(1/2)``: 1 where the
        problem's weights are inverse standard deviations. By default it is estimated in every
        round by the median magnitude of the residuals, as `estimate_noise` does.
    tol : float, default 0.01
        No outlier may change by more than this fraction of `scale` in the last round.
    max_iter : int, default 100
        The largest number of rounds.

    Raises
    ------
    ValueError
        If `solver` is not a solver, or a number is out of its range.

    Notes
    -----
    With a given scale and a convex penalty this is an exact block descent on a convex function;
    with an estimated scale the threshold follows the fit. The first outliers are what exceeds the
    threshold in the residual of `start`, whose scale is then that of signal and noise. A solver
    with a penalty starts every round from the last solution, any other from `start`: known groups
    would bind a greedy method to what it chose beside the outliers.

    `objective` includes ``T ||o||_1``. `residual_norm` is that of the data with their outliers; a
    `noise_level` of the solver refers to the data without them. The certificate of stationarity is
    the last change, in units of the scale. `history` holds, per round: "change", "n_outliers",
    "scale".

    Examples
    --------
    >>> from groupsparse.toolkit.penalties import L21
    >>> from groupsparse.toolkit.solvers import BlockCoordinateDescent
    >>> rng = np.random.default_rng(0)
    >>> matrix, data = rng.standard_normal((60, 8)), 0.1 * rng.standard_normal(60)
    >>> data += matrix[:, 2:4] @ [1.0, -1.0]
    >>> data[7] += 100.0
    >>> problem, solver = Problem(matrix, data, groups=2), BlockCoordinateDescent(L21(5.0))
    >>> Robust(solver).solve(problem).active_groups
    array([1])
    >>> np.flatnonzero(Robust(solver).find_outliers(problem, Robust(solver).solve(problem).coef))
    array([7])
    """

    solver: Solver
    threshold: float = 3.0
    scale: float | None = None
    tol: float = 0.01
    max_iter: int = 100

    def __post_init__(self) -> None:
        check_instance("solver", self.solver, Solver)
        check_strength("threshold", self.threshold)
        if self.scale is not None:
            check_strength("scale", self.scale)
        check_positive("tol", self.tol)
        check_count("max_iter", self.max_iter)

    def check_problem(self, problem: Problem) -> None:
        """Raise a `ValueError` if the problem lacks what either solver requires."""
        super().check_problem(problem)
        self.solver.check_problem(problem)

    def find_outliers(self, problem: Problem, coef: Array) -> Array:
        """Return the outliers, in the shape of the problem's data: zero but for a few.

        Parameters
        ----------
        problem : Problem
            The problem that was solved.
        coef : ndarray
            The coefficients of its solution.
        """
        residual = problem.data - problem.operator.apply(coef)
        return shrink_magnitudes(residual, self.threshold * self._find_scale(residual))

    def _find_scale(self, residual: Array) -> float:
        """Return the scale of a residual, which is at least its rounding if it is estimated."""
        if self.scale is not None:
            return self.scale
        rounding = float(np.finfo(residual.dtype).eps * np.abs(residual).max())
        return max(float(estimate_noise(residual[None])[0]), rounding)

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Let data without outliers and outliers take turns until these are settled."""
        began, history = perf_counter(), History("change", "n_outliers", "scale")
        begin, iterations, momentum = start, 0, _Momentum()
        outliers = tried = self._find_first_outliers(problem, start)
        is_settled = False
        while not is_settled and len(history) < self.max_iter:
            clean = Problem(problem.operator, problem.data - tried, problem.groups)
            solution = self.solver.solve(clean, begin)
            if solution.status is Status.DIVERGED:  # nothing can be said of its residual
                return solution
            iterations += solution.iterations
            if isinstance(self.solver, PenalisedSolver):
                begin = solution.coef
            excess = float(np.abs(tried).sum(dtype=float))
            residual = problem.data - problem.operator.apply(solution.coef)
            scale, before = self._find_scale(residual), outliers
            outliers = shrink_magnitudes(residual, self.threshold * scale)
            change = float(np.abs(outliers - tried).max()) / (scale or 1.0)
            history.record(change=change, n_outliers=int((outliers != 0).sum()), scale=scale)
            is_settled = change <= self.tol or solution.status is Status.STOPPED
            tried = momentum.extrapolate(before, tried, outliers)
        unsettled = solution.status.is_success and not is_settled
        return replace(
            solution,
            status=Status.MAX_ITER if unsettled else solution.status,
            objective=solution.objective + self.threshold * scale * excess,
            residual_norm=float(np.linalg.norm(residual)),
            certificate=Certificate(CertificateKind.STATIONARITY, change),
            iterations=iterations,
            seconds=perf_counter() - began,
            history=history.as_arrays(),
        )

    def _find_first_outliers(self, problem: Problem, start: Array | None) -> Array:
        residual = problem.data
        if start is not None:
            residual = residual - problem.operator.apply(start)
        spread = float(estimate_noise(residual[None])[0])
        return shrink_magnitudes(residual, self.threshold * max(spread, self._find_scale(residual)))


class _Momentum:
    """Nesterov's extrapolation of proximal gradient steps, restarted where it turns back.

    The outliers found for `tried` are such a step, of length one, from there.
    """

    def __init__(self) -> None:
        self.t = 1.0

    def extrapolate(self, before: Array, tried: Array, found: Array) -> Array:
        if inner(tried - found, found - before) > 0:  # O'Donoghue and Candes, 2015, section 3.2
            self.t = 1.0
        t, self.t = self.t, (1 + np.sqrt(1 + 4 * self.t**2)) / 2
        ahead: Array = found + found.dtype.type((t - 1) / self.t) * (found - before)
        return ahead


def shrink_magnitudes(values: Array, threshold: float) -> Array:
    """Return real or complex values whose magnitudes are lowered by a threshold, down to zero.

    >>> shrink_magnitudes(np.array([3.0, -0.5, 2j]), 1.0)
    array([ 2.+0.j, -0.+0.j,  0.+1.j])
    """
    magnitudes = np.abs(values)
    factors = np.maximum(magnitudes - threshold, 0)
    np.divide(factors, magnitudes, out=factors, where=magnitudes > 0)
    shrunk: Array = values * factors.astype(magnitudes.dtype, copy=False)
    return shrunk
