"""The best few features: forward selection, exchanges, and an oscillating search.

A least-squares fit on k features is improved by the best exchange of one of them for
another, as long as one reduces the residual. Sets of one feature more or fewer, improved in
the same way, lead out of a local optimum (Somol and Pudil, "Oscillating search algorithms
for feature selection", 2000), and the best few sets of every size are kept and carried to
the next one. Where there are few sets of the wanted size, all are tried, so that the best of
all is found. With the operator's own columns as data this is column subset selection. Cost:
see `SubsetFit`; a set costs about as many exchanges as it has wrong features.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import ClassVar

import numpy as np

from ...arrays import Array, IntArray
from ...checks import check_count
from ...convergence import without_warnings
from ...execution.blas_threads import limit_blas_threads
from ...problem import Problem
from ...reformulations.feature_view import FeatureView
from ...solution import Progress, Solution, Status
from ...ties import falling_order
from ..counting_solver import check_n_groups, find_known_groups
from ..goal import Goal
from ..greedy.rank_aware_ormp import RankAwareORMP
from ..history import History
from ..least_squares.fitted_solution import make_fitted_solution
from ..least_squares.growing_fit import GreedyFit
from ..requirements import DISJOINT_GROUPS, ONE_FEATURE_PER_GROUP, Requirement
from ..solver import Solver
from .all_subsets import are_few_subsets, fit_all_subsets
from .best_sets import BestSets, FeatureSet
from .subset_fit import SubsetFit, extract_columns_and_data, sort_by_importance

_GAIN = 1e-9  # of the residual's energy: less is no improvement
_MOST_ROUNDS = 100
_SMALL = 2**20  # entries of the matrix
_WIDTH = 3  # for small ones


@dataclass(frozen=True)
class SubsetSearch(Solver):
    """Find the best subset of `n_groups` features for least squares by a swap search.

    Parameters
    ----------
    n_groups : int
        The number of features.
    width : int, optional
        How many sets of each size are kept and carried to the next size, each with about
        half as many of the features that are next best. Default: 3, and 1 for large
        matrices, of more than a million entries.
    depth : int, default 2
        By how much the sizes searched differ from `n_groups` at most. With 0, the result of
        forward selection (or `start`) is improved by exchanges alone; otherwise all sets are
        tried where they are few (2^20 entries in the columns and residuals of all together).
    callback : callable, optional
        Called with a `Progress` after each set that was improved; a true result stops.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    See Also
    --------
    SimultaneousOLS : Forward selection alone, for groups and operators of any kind.

    Notes
    -----
    Every group is one feature, in all channels; features in no group are always fitted. The
    exchanges also begin at the features that are not zero in `start`, and at these alone with
    ``depth=0``: forward selection adds features, or the least important are removed, until
    there are `n_groups`. The solution has ``alpha = 0``, the objective ``1/2 ||A x - y||^2``
    and a certificate of the normal equations, and fewer features where fewer are independent.
    `history` holds, per feature, the most important first: "group", "n_active",
    "residual_norm".

    Examples
    --------
    >>> import numpy as np
    >>> A = np.array([[2.0, 2.0, 0.0, 1.5], [1.0, 0.0, 1.0, 1.0], [1.0, 1.0, 1.0, 0.0]])
    >>> SubsetSearch(2).solve(Problem(A, A)).active_groups
    array([0, 2])
    """

    requires: ClassVar[tuple[Requirement, ...]] = (
        DISJOINT_GROUPS,
        ONE_FEATURE_PER_GROUP,
    )

    n_groups: int
    width: int | None = None
    depth: int = 2
    callback: Callable[[Progress], bool | None] | None = None

    def __post_init__(self) -> None:
        check_count("n_groups", self.n_groups)
        if self.width is not None:
            check_count("width", self.width)
        check_count("depth", self.depth, least=0)

    @property
    def goal(self) -> Goal:
        """The number of features."""
        return Goal(self.n_groups)

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Search the best `n_groups` features."""
        began = perf_counter()
        known = find_known_groups(problem, start)
        search = _Search(self, problem)
        status = search.run([self.n_groups], known)
        return search.make_solution(search.find_best(self.n_groups), status, began)

    def check_problem(self, problem: Problem) -> None:
        """Raise a `ValueError` if a group holds several features, or fewer exist than wanted."""
        super().check_problem(problem)
        check_n_groups(problem, self.n_groups)

    @property
    def _n_vectors(self) -> int:
        return 2 * self.n_groups

    def path(self, problem: Problem) -> list[IntArray]:
        """Search the best sets of all sizes from 1 to `n_groups`, each helped by the others.

        Parameters
        ----------
        problem : Problem
            As for `solve`.

        Returns
        -------
        list of ndarray of int
            The features of each set, the most important first. Shorter than `n_groups`
            if fewer features are independent, or if the callback stops the search.

        Raises
        ------
        ValueError
            As for `solve`.
        """
        self.check_problem(problem)
        with limit_blas_threads(self._n_vectors * problem.n_multiplications):
            search = _Search(self, problem)
            search.run(range(1, self.n_groups + 1), np.empty(0, dtype=np.intp))
            return [
                search.find_best(size)
                for size in sorted(search.best.by_size)
                if size <= self.n_groups
            ]


def _is_small(problem: Problem) -> bool:
    return bool(problem.data.shape[0] * problem.shape[0] <= _SMALL)


class _StoppedError(Exception):
    """The callback has stopped the search."""


class _Search:
    """The best sets found so far, of a range of sizes."""

    def __init__(self, config: SubsetSearch, problem: Problem) -> None:
        self.config, self.view = config, FeatureView.of(problem, rescale=True)
        groups = self.view.groups
        self.features = groups.indices.astype(np.intp, copy=False)
        self.columns, self.data = extract_columns_and_data(self.view, self.features)
        self.fit = SubsetFit(self.columns, self.data)
        self.best = BestSets(config.width or (_WIDTH if _is_small(problem) else 1))
        self.iterations, self._fraction = 0, 0.0
        self._ends: dict[frozenset[int], FeatureSet] = {}
        self._settled: set[int] = set()  # sizes of which all sets were tried

    def run(self, sizes: Sequence[int], start: IntArray) -> Status:
        """Find the best sets of the wanted sizes, and of sizes near them, until nothing changes."""
        low = max(1, min(sizes) - self.config.depth)
        high = min(self.features.size, max(sizes) + self.config.depth)
        try:
            if start.size:
                self._begin_at(start.tolist(), self.config.n_groups)
            if not start.size or self.config.depth:
                self._select_forward(low, high)
            if self.config.depth:
                if self._try_all(sizes):
                    return Status.CONVERGED
                self._select_rank_aware()
            for number in range(_MOST_ROUNDS):
                self._fraction = 1 - 0.5 ** (number + 2)
                if not self._oscillate():
                    break
        except _StoppedError:
            self._keep(self._make_set())
            return Status.STOPPED
        return Status.CONVERGED

    def find_best(self, size: int) -> IntArray:
        """Return the best set found of a size, or of the nearest; the most important first."""
        found = self.best.find_nearest(size)
        members = self.best.by_size[found][0].members if found else ()
        return sort_by_importance(self.columns, self.data, list(members))

    def make_solution(self, chosen: IntArray, status: Status, began: float) -> Solution:
        """Return the least-squares fit on chosen features."""
        fit = GreedyFit(self.view)
        if self.view.groups.unpenalised.size:
            fit.include(self.view.groups.unpenalised)
        history = History("group", "n_active", "residual_norm")
        for n, group in enumerate(chosen.tolist(), start=1):
            fit.include(self.features[[group]])
            history.record(group=group, n_active=n, residual_norm=fit.residual_norm)
        return make_fitted_solution(
            self.view, fit.coefficients(), status, self.iterations, began, history.as_arrays()
        )

    def _begin_at(self, members: list[int], size: int) -> None:
        """Keep a given set after exchanges."""
        for member in members:
            if self.fit.find_gains()[member] >= 0:  # dependent ones are left out
                self.fit.include(member)
        while len(self.fit.chosen) > size:
            self._shrink()
        while len(self.fit.chosen) < size and self.fit.grow():
            pass
        self._offer()

    def _select_forward(self, low: int, high: int) -> None:
        """Keep the sets of forward selection after exchanges."""
        self.fit.choose([])
        while len(self.fit.chosen) < high and self.fit.grow():
            pass
        order = list(self.fit.chosen)
        for size in range(min(low, len(order)), len(order) + 1):
            self._fraction = 0.5 * size / (len(order) + 1)
            self.fit.choose(order[:size])
            self._offer()
        if self.best.width > 1:
            self._select_stepwise(high)

    def _select_stepwise(self, high: int) -> None:
        """Keep the sets of forward selection with exchanges after every step."""
        self.fit.choose([])
        while len(self.fit.chosen) < high and self.fit.grow():
            end = self._improve()
            if len(end.members) in self.best.by_size:
                self._keep(end)
            self.fit.choose(list(end.members))

    def _try_all(self, sizes: Sequence[int]) -> bool:
        """Keep the best of all sets where these are few; return whether that settles all sizes."""
        wanted = {self.best.find_nearest(size) for size in sizes} - {0}
        matrix, data = self.fit.columns, self.fit.data
        self._settled = {size for size in wanted if are_few_subsets(matrix, data, size)}
        for size in self._settled:
            subsets, energies = fit_all_subsets(matrix, data, size)
            for place in falling_order(-energies, self.fit.rounding)[: self.best.width].tolist():
                self.fit.choose(subsets[place].tolist())
                self._keep(self._make_set())
        return self._settled == wanted

    def _select_rank_aware(self) -> None:
        """Keep the sets of RA-ORMP for the number of features, after exchanges."""
        problem = self.fit.problem
        sizes = sorted(self.best.by_size)
        if self.best.width == 1:
            sizes = [n for n in sizes if n <= self.config.n_groups][-1:]
        for size in sizes:
            with without_warnings():
                solution = RankAwareORMP(noise_level=0.0, n_groups=size).solve(problem)
            found = solution.history["group"]
            if found.size == size:
                self.fit.choose(found.astype(int).tolist())
                self._offer()

    def _shrink(self, number: int = 0) -> bool:
        """Remove the least important feature, or the next one; return whether there is one."""
        losses = self.fit.find_losses()
        if number >= losses.size:
            return False
        self.fit.remove(int(falling_order(-losses, self.fit.rounding)[number]))
        return True

    def _oscillate(self) -> bool:
        """Carry sets one size up, then one size down; return whether any set was kept."""
        changed = False
        for step, change in ((1, self.fit.grow), (-1, self._shrink)):
            for size in sorted(self.best.by_size)[::step]:
                if size + step in self.best.by_size and size + step not in self._settled:
                    for one in self.best.take_uncarried(size, step):
                        for number in range((self.best.width + 1) // 2):
                            self.fit.choose(list(one.members))
                            changed |= change(number) and self._offer()
        return changed

    def _offer(self) -> bool:
        """Exchange features while that helps; return whether the set is a new one to be kept."""
        return bool(self.fit.chosen) and self._keep(self._improve())

    def _keep(self, one: FeatureSet) -> bool:
        return self.best.keep(one, self.fit.rounding)

    def _improve(self) -> FeatureSet:
        """Make the best exchange until none helps, or the end is known; return the end."""
        passed: list[frozenset[int]] = []
        while (end := self._ends.get(frozenset(self.fit.chosen))) is None:
            passed.append(frozenset(self.fit.chosen))
            exchange = None if self.fit.is_exact else self.fit.find_best_exchange()
            if exchange is None or exchange.gain <= _GAIN * self.fit.error:
                end = self._make_set()
                break
            before = self._make_set()
            self.fit.exchange(exchange.place, exchange.entering)
            if self.fit.error >= before.error:  # the gain was rounding
                self.fit.choose(list(before.members))
                end = before
                break
            self._report()
        self._ends.update(dict.fromkeys(passed, end))
        return end

    def _make_set(self) -> FeatureSet:
        return FeatureSet(self.fit.error, tuple(sorted(self.fit.chosen)))

    def _report(self) -> None:
        self.iterations += 1
        if self.config.callback is None:
            return
        norm, n_active = float(np.sqrt(self.fit.error)), len(self.fit.chosen)
        if self.config.callback(Progress(self.iterations, self._fraction, norm, n_active)):
            raise _StoppedError
