"""Degrees of freedom, and criteria that trade them for the misfit along a path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from ..arrays import Array, squared_magnitude
from ..checks import check_instance, check_level, check_share
from ..losses import Squared
from ..operators import CentredMatrix, WithIntercept
from ..penalties import GroupL0, GroupNormPenalty, LatentOverlap, Penalty
from ..problem import Problem
from ..reformulations.feature_view import FeatureView
from ..solution import Solution
from .rules import PATIENCE, Rule


def degrees_of_freedom(problem: Problem, penalty: Penalty, solution: Solution) -> float:
    """Estimate the degrees of freedom of a solution (Yuan and Lin, 2006, eq. 6.4).

    An active group of ``s`` real coefficients counts
    ``1 + (s - 1) ||x_g|| / (||x_g|| + slope_g / c_g)``, since shrinkage takes a part of
    its directions, with ``c_g`` the mean squared norm of the group's columns, each datum
    weighted by the curvature of the loss at the solution. The
    formula is exact for the squared loss, the l2,1 norm and orthogonal columns of equal norm,
    with the least-squares norm written as norm plus ``slope_g / c_g``. Operators
    other than matrices are taken to have columns of unit norm. For penalties
    that are no function of the group norms it is the number of coefficients
    that are not zero.

    Parameters
    ----------
    problem : Problem
        The problem.
    penalty : Penalty
        The penalty, with the strength of the solution.
    solution : Solution
        The solution.

    Returns
    -------
    float
        In real parameters: a complex coefficient has two. Of a feature's coefficients for all
        classes one is redundant.

    Examples
    --------
    >>> from groupsparse.toolkit.penalties import L21
    >>> from groupsparse.toolkit.solvers import BlockCoordinateDescent
    >>> problem, penalty = Problem(np.eye(4), [3.0, 4.0, 0.3, 0.4], groups=2), L21(1.0)
    >>> solution = BlockCoordinateDescent(penalty).solve(problem)
    >>> round(degrees_of_freedom(problem, penalty, solution), 6)
    1.8
    """
    check_instance("problem", problem, Problem)
    check_instance("penalty", penalty, Penalty)
    check_instance("solution", solution, Solution)
    groups, core = problem.groups, penalty.core
    parts = problem.term.freedom * (2 if problem.dtype.kind == "c" else 1)
    if not isinstance(core, GroupNormPenalty) or isinstance(core, GroupL0 | LatentOverlap):
        return float(parts * np.count_nonzero(solution.coef))
    norms = groups.norms(solution.coef).astype(float)
    active = norms > 0
    slopes = core.slopes(norms, groups)[active]
    kept = norms[active] / (
        norms[active] + slopes / _find_column_energies(problem, solution.coef, active)
    )
    inside = (1 + (parts * groups.sizes[active] - 1) * kept).sum()
    return float(inside + parts * groups.unpenalised.size)


def _find_column_energies(problem: Problem, coef: Array, active: Array) -> Array:
    """Return the mean squared norm of the columns of every active group, weighted by curvature.

    For operators other than matrices, the mean curvature of all data.
    """
    view = FeatureView.of(problem, rescale=True)
    n_active = int(np.count_nonzero(active))
    curvature = _find_curvature(view, coef)
    known = isinstance(view.operator, CentredMatrix | WithIntercept)
    has_columns = view.operator.exact_columns or known
    if view.groups.n_groups != active.size or not has_columns:
        return np.full(n_active, 1.0 if curvature is None else curvature.mean())
    sizes = view.groups.sizes[active]
    features = view.groups.indices[np.repeat(active, view.groups.sizes)]
    if not n_active:
        return np.ones(0)
    squares = squared_magnitude(view.operator.columns(features))
    norms = squares.sum(axis=1, dtype=float) if curvature is None else squares @ curvature
    if view.scales is not None:
        norms *= np.mean(np.square(view.scales))
    means = np.add.reduceat(norms, np.cumsum(sizes) - sizes) / sizes
    return np.maximum(means, np.finfo(float).tiny)


def _find_curvature(view: FeatureView, coef: Array) -> Array | None:
    """Return the curvature of the loss at some coefficients, per row, the mean over the channels.

    None for the squared loss, whose curvature is one.
    """
    problem = view.problem
    if isinstance(problem.loss, Squared):
        return None
    curvature = problem.term.curvature(problem.operator.apply(coef))
    means: Array = view.in_rows(curvature).mean(axis=0, dtype=float)
    return means


def _count_data(problem: Problem) -> int:
    """Return the number of real numbers, or of independent observations, that are fitted."""
    if problem.loss.whitens:
        return int(problem.n_data * (2 if problem.data.dtype.kind == "c" else 1))
    return problem.term.n_observations


@dataclass(frozen=True)
class MallowsCp(Rule):
    """Mallows' estimate of the prediction error, ``||r||^2 + 2 sigma^2 df`` (1973).

    For losses other than the squared one, ``||r||^2`` is the deviance.

    Parameters
    ----------
    noise_level : float
        The norm of the noise; its variance per real number is its square over
        the number of real numbers in the data.

    Raises
    ------
    ValueError
        If it is negative or not finite.

    Examples
    --------
    >>> MallowsCp(0.1).is_decided([3.0, 1.0, 1.1, 1.2, 1.3, 1.4, 1.5])
    True
    """

    noise_level: float

    def __post_init__(self) -> None:
        check_level("noise_level", self.noise_level)

    def score(self, problem: Problem, penalty: Penalty, solution: Solution) -> float:
        """Return the estimate for one solution."""
        variance = self.noise_level**2 / _count_data(problem)
        return solution.residual_norm**2 + 2 * variance * degrees_of_freedom(
            problem, penalty, solution
        )

    def is_decided(self, scores: Sequence[float]) -> bool:
        """Return whether the last few scores are all above the smallest."""
        return len(scores) > PATIENCE and int(np.argmin(scores)) < len(scores) - PATIENCE


def _measure_misfit(problem: Problem, solution: Solution, n: int) -> float:
    """Return minus twice the log likelihood but for a constant, its unknown variance fitted."""
    if not problem.loss.whitens:
        return solution.residual_norm**2 / problem.term.mean_weight
    precision = np.finfo(problem.dtype).eps * float(np.linalg.norm(problem.data))
    energy = max(solution.residual_norm**2, precision**2, np.finfo(float).tiny)
    return float(n * np.log(energy / n))


@dataclass(frozen=True)
class BIC(Rule):
    """The Bayesian information criterion ``n log(||r||^2 / n) + df log n`` (Schwarz, 1978).

    ``n`` counts the real numbers of the data. Solutions with more than half as
    many parameters are not considered: there the residual is mostly overfitted, and the
    path ends. For classes, counts and survival times, whose variance is known, the first term
    is the deviance, over the mean squared weight, and ``n`` counts the observations, for
    survival times the events.

    Examples
    --------
    >>> from groupsparse.toolkit.problem import Problem
    >>> from groupsparse.toolkit.selection import AlongPath
    >>> from groupsparse.toolkit.solvers import PrimalDualActiveSet
    >>> problem = Problem(np.eye(8), [9.0, 9.0, 0.1, 0.2, 0.1, 0.1, 0.2, 0.1], groups=2)
    >>> AlongPath(PrimalDualActiveSet(), BIC()).solve(problem).active_groups
    array([0])
    """

    def score(self, problem: Problem, penalty: Penalty, solution: Solution) -> float:
        """Return the criterion, infinite for more than n / 2 parameters."""
        n = _count_data(problem)
        df = degrees_of_freedom(problem, penalty, solution)
        if 2 * df > n:
            return float(np.inf)
        price = df * self._price(n)
        return float(_measure_misfit(problem, solution, n) + price) + self._prior(problem, solution)

    def _price(self, n: int) -> float:
        """Return the cost of a parameter."""
        return float(np.log(n))

    def _prior(self, problem: Problem, solution: Solution) -> float:
        return 0.0

    def is_decided(self, scores: Sequence[float]) -> bool:
        """Return whether the last solution has too many parameters."""
        return bool(scores) and scores[-1] == np.inf


@dataclass(frozen=True)
class AIC(BIC):
    """Akaike's criterion ``n log(||r||^2 / n) + 2 df`` (Akaike, 1974).

    The first term is that of `BIC`. Meant for prediction rather than for finding the groups: it
    keeps more than `BIC`.
    """

    def _price(self, n: int) -> float:
        return 2.0


@dataclass(frozen=True)
class EBIC(BIC):
    """The extended BIC, ``BIC + 2 gamma log C(N, k)`` (Chen and Chen, 2008).

    The last term is the logarithm of the number of sets of ``k`` among ``N``
    groups: among many groups some fit the noise by chance.

    Parameters
    ----------
    gamma : float, default 1
        From 0, which is `BIC`, to 1.

    Raises
    ------
    ValueError
        If `gamma` is not between 0 and 1.

    Examples
    --------
    >>> EBIC(0.5).gamma
    0.5
    """

    gamma: float = 1.0

    def __post_init__(self) -> None:
        check_share("gamma", self.gamma)

    def _prior(self, problem: Problem, solution: Solution) -> float:
        n, k = problem.groups.n_groups, solution.active_groups.size
        n_sets = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
        return float(2 * self.gamma * n_sets)
