"""Solutions with more and more active groups, from solvers that take their number."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from time import perf_counter

from ..problem import Problem
from ..solution import Solution, Status
from ..solvers.counting_solver import CountingSolver
from ..solvers.greedy.pursuit import GreedySolver
from ..solvers.least_squares.fitted_solution import make_fitted_solution
from ..solvers.least_squares.growing_fit import GreedyFit


def walk_counts(
    solver: CountingSolver, problem: Problem, counts: Sequence[int]
) -> Iterator[Solution]:
    """Yield the solution for each number of active groups, growing.

    A pursuit never takes a group back: it runs once, up to the largest
    number, and the fits on its first groups share one growing factorisation.
    Other methods solve again for each number. Solutions have fewer groups where no further one
    would change the fit; the sequence ends where the data determine no more coefficients. The
    solver's own number and noise level are not used.

    Examples
    --------
    >>> import numpy as np
    >>> from groupsparse.toolkit.solvers import BlockOMP
    >>> problem = Problem(np.eye(4), [3.0, 4.0, 0.3, 0.4], groups=2)
    >>> [s.active_groups.tolist() for s in walk_counts(BlockOMP(n_groups=1), problem, [1, 2])]
    [[0], [0, 1]]
    """
    numbers = [int(count) for count in counts]
    if isinstance(solver, GreedySolver):
        yield from _walk_pursuit(solver, problem, numbers)
        return
    for count in numbers:
        yield dataclasses.replace(solver, n_groups=count, noise_level=None).solve(problem)


def _walk_pursuit(
    solver: GreedySolver, problem: Problem, counts: Sequence[int]
) -> Iterator[Solution]:
    """Yield the fits on the first groups of a pursuit."""
    whole = dataclasses.replace(solver, n_groups=max(counts), noise_level=None).solve(problem)
    view = solver.view_problem(problem)
    fit, began = GreedyFit(view), perf_counter()
    if view.groups.unpenalised.size:
        fit.include(view.groups.unpenalised)
    order = [int(group) for group in whole.history["group"]]
    n_fitted = 0
    for count in counts:
        for group in order[n_fitted:count]:
            fit.include(view.groups.members(group))
        n_fitted = min(count, len(order))
        status = Status.CONVERGED if n_fitted == count else whole.status
        history = {key: values[:n_fitted] for key, values in whole.history.items()}
        yield make_fitted_solution(view, fit.coefficients(), status, n_fitted, began, history)
        if n_fitted == len(order) and fit.qr.size == fit.qr.n_rows:
            return
