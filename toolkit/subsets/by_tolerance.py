"""Subsets from methods that are given an error instead of a number of features.

As in Petrosyan, Pieper and Tran (2023, section 7.2), the data are reduced to their largest
singular values, and the energy that is left out counts against the tolerance; the penalised
problem is solved with the rest of the tolerance, features are ranked by the norms of their rows,
and those below 1e-6 of the largest are dropped. A rotation of the channels does not change the
norms, so the rows need not be rotated back.

The number of features follows from the tolerance, by jumps. To reach every size that is asked
for, several tolerances are tried: every error of forward selection, times a few factors. Each run
gives an order; of a size's candidates, the first features of every run that found enough, the one
with the least error is taken. Where no run found enough, forward selection continues the longest
order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import scipy.linalg

from ..arrays import Array, IntArray
from ..convergence import without_warnings
from ..problem import Problem
from ..solvers.solver import Solver
from ..ties import falling_order, tie_tolerance
from .by_size import SubsetMethod, set_stops
from .reduced_problem import ReducedProblem, check_sizes
from .subset_errors import order_errors

_NEGLIGIBLE = 1e-6  # of the largest row
_LARGEST_PART = 0.95  # of the data's norm: a tolerance beyond has the answer zero
_EXACT = 1e-9  # of the data's norm: a tolerance below cannot be told from rounding


@dataclass(frozen=True)
class ByTolerance(SubsetMethod):
    """Subsets from a solver that takes a noise level, the largest norm of the residual.

    Parameters
    ----------
    solver : Solver with a field `noise_level`
        Solves the reduced problems. A field `rank` is set to that of their data.
    factors : tuple of float
        Tolerances are so many times the errors of forward selection.
    cutoff : float, default 0.8
        The part of the tolerance that may be spent on the singular values left out.
    warm_start : bool, default False
        Whether each run starts from the last one's coefficients: faster, and meant for
        solvers of convex problems, whose solution does not depend on the start.

    Notes
    -----
    On the two data sets of the paper, cutoffs from 0.5 to 0.95 serve the orthogonally weighted
    method about equally on one, and 0.8 better than 0.95 on the other. With any one factor
    from 0.8 to 1.3, the errors are half a percent larger on average.

    Examples
    --------
    >>> from groupsparse.toolkit.solvers import GammaContinuation
    >>> A = np.diag([1.0, 5.0, 3.0])
    >>> ByTolerance(GammaContinuation(0.0, refit=False)).subsets(Problem(A, A), [1, 2])
    {1: array([1]), 2: array([1, 2])}
    """

    solver: Solver
    factors: tuple[float, ...] = (0.8, 1.0, 1.3)
    cutoff: float = 0.8
    warm_start: bool = False

    def subsets(self, problem: Problem, sizes: Iterable[int]) -> dict[int, IntArray]:
        """Choose features of a problem for each size, in the order of their rows' norms."""
        asked = check_sizes(problem, sizes)
        if not asked:
            return {}
        reduced = ReducedProblem(problem)
        best = _Best(reduced, asked)
        longest = np.empty(0, dtype=np.intp)
        for found in self._find_orders(reduced, asked):
            order = reduced.drop_dependent(found[: asked[-1]])
            best.offer(order)
            longest = max(longest, order, key=len)
        if longest.size < asked[-1]:
            best.fill_up(reduced.select_forward(longest, asked[-1]))
        return best.subsets

    def _find_orders(self, reduced: ReducedProblem, sizes: list[int]) -> Iterator[IntArray]:
        """Yield what the solver finds at one tolerance after another."""
        order = reduced.select_forward(np.empty(0, dtype=np.intp), sizes[-1])
        errors = order_errors(reduced.columns, reduced.data, order)
        within = (_EXACT * errors[0], _LARGEST_PART * errors[0])
        bases = {float(errors[min(size, order.size)]) for size in sizes}
        tolerances = {min(factor * base, within[1]) for base in bases for factor in self.factors}
        tails, coef = _Tails(reduced.data), None
        for tolerance in sorted(tolerances):
            if tolerance > within[0]:
                data, level = tails.reduce(tolerance, self.cutoff)
                # A larger tolerance keeps as many of the first channels, or fewer.
                start = coef[:, : data.shape[1]] if self.warm_start and coef is not None else None
                coef = self._solve(Problem(reduced.columns, data), level, start)
                norms = np.linalg.norm(coef, axis=1)
                order = falling_order(norms)
                yield order[norms[order] > _NEGLIGIBLE * norms.max()]

    def _solve(self, problem: Problem, noise_level: float, start: Array | None) -> Array:
        """Return the solution's coefficients, one row for each feature."""
        n_channels = problem.data.shape[1]
        solver = set_stops(self.solver, noise_level=noise_level, rank=n_channels, n_groups=None)
        with without_warnings():
            return solver.solve(problem, start).coef


class _Tails:
    """Data with fewer channels, at the cost of a part of the tolerance."""

    def __init__(self, data: Array) -> None:
        left, values, _ = scipy.linalg.svd(data, full_matrices=False, check_finite=False)
        rank = int(np.count_nonzero(values > max(data.shape) * np.finfo(float).eps * values[0]))
        self._data = left[:, :rank] * values[:rank]
        energies = np.cumsum(values[:rank][::-1] ** 2)[::-1]
        self._norms = np.sqrt(np.append(energies, 0.0))

    def reduce(self, tolerance: float, cutoff: float) -> tuple[Array, float]:
        """Return as few channels as the cutoff allows, and the rest of the tolerance."""
        n = max(1, int(np.argmax(self._norms <= cutoff * tolerance)))
        level = np.sqrt(max(tolerance**2 - self._norms[n] ** 2, 0.0))
        norm = float(np.linalg.norm(self._data[:, :n]))
        return np.ascontiguousarray(self._data[:, :n]), min(float(level), _LARGEST_PART * norm)


class _Best:
    """The best subset so far of every size."""

    def __init__(self, reduced: ReducedProblem, sizes: list[int]) -> None:
        self._reduced, self._sizes = reduced, sizes
        self._errors = dict.fromkeys(sizes, np.inf)
        self._found: dict[int, IntArray] = {}

    @property
    def subsets(self) -> dict[int, IntArray]:
        """By size, in increasing order."""
        return {size: self._found[size] for size in self._sizes if size in self._found}

    def offer(self, order: IntArray) -> None:
        """Take the first so many of an order for every size where their error is smaller."""
        errors = order_errors(self._reduced.columns, self._reduced.data, order)
        least = 1 - tie_tolerance(errors.dtype)  # of equals the one that came first stays
        for size in self._sizes:
            if size <= order.size and errors[size] < least * self._errors[size]:
                self._errors[size], self._found[size] = float(errors[size]), order[:size]

    def fill_up(self, order: IntArray) -> None:
        """Take the first so many of an order for sizes that no other reaches."""
        for size in self._sizes:
            if size <= order.size and size not in self._found:
                self._found[size] = order[:size]
