"""Sparse Bayesian learning, one group at a time: a group is active if it makes the data likelier.

Coefficients are independent Gaussian, those of group g with a variance that all channels share,
and so is the noise, whose variance is known. A group joins, leaves or changes its variance,
whichever raises the evidence for the variances most (Tipping and Faul, "Fast marginal likelihood
maximisation for sparse Bayesian models", AISTATS 2003; for several channels with an operator each
Ji, Dunson and Carin, "Multitask compressive sensing", IEEE Trans. Signal Process. 57, 2009).
Three things are done beyond the published method:

- a group has a price, twice the logarithm of the odds against it before the data are seen, so
  that one of many candidates does not join by chance;
- where no such change helps, a group is exchanged for another: of neighbours that are
  nearly alike the first to join is not always the right one;
- Gram matrices are read row by row: a banded one costs no more than its bands.

Cost of a change: ``n_active n`` in every channel that has its own operator, less if its Gram
matrix is banded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import ClassVar

import numpy as np

from ...arrays import Array, squared_magnitude
from ...checks import check_count, check_flag, check_level, check_positive
from ...problem import Problem
from ...reformulations.channel_parts import ChannelParts
from ...solution import Certificate, CertificateKind, Progress, Solution, Status
from ...ties import falling_order, index_of_largest
from ..goal import Goal
from ..history import History
from ..requirements import (
    DISJOINT_GROUPS,
    EVERY_FEATURE_IN_A_GROUP,
    ONE_FEATURE_IN_EVERY_CHANNEL,
    Requirement,
)
from ..solver import Solver
from .channel_grams import ChannelGrams
from .marginal_state import MarginalState, Newcomer

_LEAST_NOISE = 1e-12
"""The noise's least variance, relative to the data's: a covariance must not be singular."""
_LEAST_VARIANCE = 1e-8  # of a group of the start, relative to that of the noise in it
_REPORT = 20
_PRICE = 2.0
"""Times the logarithm of the number of groups: the default price of a group."""


@dataclass(frozen=True)
class FastMarginalLikelihood(Solver):
    """Fast sparse Bayesian learning: groups enter, leave or change their variance one at a time.

    Parameters
    ----------
    noise_level : float
        The norm of the noise; zero for exact data.
    price : float, optional
        By how much a group must raise twice the logarithm of the evidence to
        be active; by default twice the logarithm of the number of groups.
    refit : bool, default True
        Whether the coefficients of the active groups are those of least
        squares, rather than their posterior mean.
    tol : float, default 0.01
        A change that raises twice the logarithm of the evidence by less is not
        made.
    max_iter : int, default 10000
        The largest number of changes.
    callback : callable, optional
        Called with a `Progress` every 20 changes, and at the end; a true
        result stops.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Notes
    -----
    The groups that are not zero in `start` are active at first, with their mean squares as
    variances. The solution has ``alpha = 0`` and the objective ``1/2 ||A x - y||^2``; its
    certificate of stationarity is the gain of the best single change that is left. `history`
    holds, per change: "gain", "n_active".

    Groups must be one feature in every channel. Every channel may have its own operator
    (`Channelwise`), as shots with different wavelets have: where they
    share one, `SparseBayesianLearning` finds better minima at more cost.

    Examples
    --------
    >>> from groupsparse.toolkit.operators import Channelwise, Convolution
    >>> shots = Channelwise([Convolution([1.0, 3.0, 1.0], 9), Convolution([2.0, 2.0], 9)])
    >>> truth = np.zeros((2, 9))
    >>> truth[:, [3, 4]] = [[1.0, -1.0], [2.0, 1.0]]
    >>> solver = FastMarginalLikelihood(noise_level=1e-3)
    >>> solver.solve(Problem(shots, shots.apply(truth))).active_groups
    array([3, 4])
    """

    requires: ClassVar[tuple[Requirement, ...]] = (
        DISJOINT_GROUPS,
        EVERY_FEATURE_IN_A_GROUP,
        ONE_FEATURE_IN_EVERY_CHANNEL,
    )

    noise_level: float
    price: float | None = None
    refit: bool = True
    tol: float = 0.01
    max_iter: int = 10000
    callback: Callable[[Progress], bool | None] | None = None

    def __post_init__(self) -> None:
        check_flag("refit", self.refit)
        check_level("noise_level", self.noise_level)
        if self.price is not None:
            check_level("price", self.price)
        check_positive("tol", self.tol)
        check_count("max_iter", self.max_iter)

    @property
    def goal(self) -> Goal:
        """The noise level."""
        return Goal(noise_level=self.noise_level)

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Change the active set and its variances while the evidence for them rises."""
        return _Search(self, problem, start).run()


class _Search:
    """The state of one solve."""

    def __init__(
        self, config: FastMarginalLikelihood, problem: Problem, start: Array | None
    ) -> None:
        self.began = perf_counter()
        self.config, self.problem = config, problem
        parts = ChannelParts.of(problem)
        assert parts is not None  # which the solver requires
        self.parts = parts
        self.grams = ChannelGrams.of(self.parts)
        energy = self.grams.energy
        self.is_silent = energy <= config.noise_level**2
        least = max(_LEAST_NOISE, self.grams.precision)
        variance = max(config.noise_level**2, least * energy) / self.grams.n_data
        self.state = MarginalState(self.grams, variance or 1.0)
        # A complex number counts as two real ones in the evidence.
        self.halves = halves = 2.0 if self.state.dtype.kind == "c" else 1.0
        price = config.price
        if price is None:
            price = _PRICE * float(np.log(problem.groups.n_groups))
        self.price, self.tol = price / halves, config.tol / halves
        self.history = History("gain", "n_active")
        self.left = 0.0
        if start is not None and not self.is_silent:
            self._begin_at(self.parts.rows(start))

    def _begin_at(self, rows: Array) -> None:
        """Add the features that are not zero in rows of shape (K, n_features)."""
        squares = squared_magnitude(rows).mean(axis=0)
        diagonals = self.grams.diagonals.max(axis=0)
        for feature in np.flatnonzero(squares):
            if diagonals[feature]:
                # A smaller variance would be lost in the rounding of what the data add to it.
                least = _LEAST_VARIANCE / (self.state.beta * float(diagonals[feature]))
                variance = max(float(squares[feature]), least)
                self.state.add(Newcomer(int(feature), 0.0, variance))

    def run(self) -> Solution:
        """Change the active set while that helps, and fit it."""
        status = Status.CONVERGED if self.is_silent else None
        while status is None:
            status = self._step()
        if self.config.callback is not None and status is not Status.STOPPED:
            self.config.callback(self._make_progress(1.0))
        return self._make_solution(status)

    def _step(self) -> Status | None:
        """Make the best change there is; return how the run ends, if it does."""
        gain = self._change() or self._exchange()
        if not gain:
            return Status.CONVERGED
        gain *= self.halves
        self.left = gain  # unless the run ends because nothing more helps
        self.history.record(gain=gain, n_active=self.state.members.size)
        n_done = len(self.history)
        if n_done % _REPORT == 0 and self.config.callback is not None:
            fraction = min(1.0, n_done / (n_done + 100))
            if self.config.callback(self._make_progress(fraction)):
                return Status.STOPPED
        if self.state.is_lost:
            return Status.SATURATED
        return Status.MAX_ITER if n_done >= self.config.max_iter else None

    def _change(self) -> float:
        """Add or remove a group, or change its variance; return the gain."""
        state = self.state
        now, best, variances = state.find_member_gains()
        better, leaving = best - now, self.price - now
        at_most = max(self.tol, better.max(initial=0.0), leaving.max(initial=0.0))
        newcomer = state.find_newcomer(self.price + at_most)
        if newcomer.feature >= 0:
            state.add(newcomer)
            return newcomer.gain - self.price
        if at_most <= self.tol:
            self.left = self.halves * max(better.max(initial=0.0), leaving.max(initial=0.0))
            return 0.0
        if leaving.max() >= better.max():
            state.remove(index_of_largest(leaving))
        else:
            place = index_of_largest(better)
            state.change(place, float(variances[place]))
        return float(at_most)

    def _exchange(self) -> float:
        """Exchange a group for another, the weakest first; return the gain."""
        state = self.state
        _, best, _ = state.find_member_gains()
        for place in falling_order(-best):
            least = float(best[place]) + self.tol
            newcomer = state.find_replacement(int(place), least)
            if newcomer.feature not in (-1, state.members[place]):
                state.remove(int(place))
                state.add(newcomer)
                return newcomer.gain - float(best[place])
        return 0.0

    def _make_progress(self, fraction: float) -> Progress:
        n_done, misfit = len(self.history), self.state.find_misfit(self.state.mean)
        return Progress(n_done, fraction, misfit / 2, self.state.members.size)

    def _make_solution(self, status: Status) -> Solution:
        state = self.state
        state.refresh()
        fitted = state.fit_members() if self.config.refit else state.mean
        rows = np.zeros(self.grams.correlations.shape, fitted.dtype)
        rows[:, state.members] = fitted
        coef = self.parts.coefficients(rows)
        residual = self.problem.data - self.problem.operator.apply(coef)
        misfit = float(squared_magnitude(residual).sum(dtype=float))
        return Solution(
            coef=coef,
            active_groups=np.flatnonzero(self.problem.groups.norms(coef)),
            status=status,
            objective=misfit / 2,
            certificate=Certificate(CertificateKind.STATIONARITY, self.left),
            alpha=0.0,
            residual_norm=float(np.sqrt(misfit)),
            iterations=len(self.history),
            seconds=perf_counter() - self.began,
            history=self.history.as_arrays(),
        )
