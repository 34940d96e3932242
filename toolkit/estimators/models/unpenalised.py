"""The fit of the loss without a penalty: what models with a penalty of strength zero are.

Features that infinite weights exclude stay zero, and a ridge counts: for a coefficient with m
latent copies, in as many groups, it is ``ridge / (2 m) x^2``, which is least for equal copies.
Least squares has least norm where the solution is not unique. Other losses are fitted by Newton
steps, from which a loss that falls for ever as coefficients grow is known. Fits with bounds are
by `FISTA`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from time import perf_counter
from typing import ClassVar

import numpy as np

from ...arrays import Array
from ...groups import Groups
from ...groups.parsing import make_groups
from ...losses import Loss, Squared
from ...penalties import L21, LatentOverlap, Penalty, WithBounds, WithRidge
from ...problem import Problem
from ...reformulations.feature_view import FeatureView
from ...solution import Certificate, CertificateKind, Solution, Status
from ...solvers.least_squares.newton_fit import NewtonFit, fit_features
from ...solvers.solver import Solver

_LEAST_STEP = 1e-150  # of the penalty: what is zero after it is excluded
_MOST_ENTRIES = 2**25  # of columns for least squares without iterations
PROXIMAL = 1e-9  # the finest tolerance of proximal gradients


@dataclass(frozen=True)
class Unpenalised(Solver):
    """The fit of coefficients that a penalty does not exclude, with a ridge and bounds.

    Solutions have ``alpha = 0``. It starts from zero, whatever it is given.
    """

    accepted_losses: ClassVar[tuple[type[Loss], ...]] = (Loss,)

    penalty: Penalty
    ridge: float = 0.0
    bounds: tuple[float, float] | None = None
    tol: float = 1e-11
    max_iter: int = 10_000

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        copies = _count_copies(problem, self.penalty)
        kept = (copies > 0).reshape(problem.shape)
        ridge = self.ridge / np.maximum(copies, 1)
        ridge[problem.groups.unpenalised] = 0
        if self.bounds is not None:
            solution = self._fit_within_bounds(problem, kept, self.bounds)
        else:
            solution = _fit_without_bounds(problem, kept, ridge.reshape(problem.shape))
        groups = problem.groups
        active = (groups.norms(solution.coef) > 0) & ~self.penalty.excluded_groups(groups)
        return replace(solution, active_groups=np.flatnonzero(active), alpha=0.0)

    def _fit_within_bounds(
        self, problem: Problem, kept: Array, bounds: tuple[float, float]
    ) -> Solution:
        """Return the fit by a penalty of weights zero, one group for each feature."""
        from ...solvers import FISTA  # few fits need it

        groups, weights = _make_singles(problem, kept)
        penalty: Penalty = WithBounds(L21(1.0, weights), *bounds)
        penalty = WithRidge(penalty, self.ridge) if self.ridge else penalty
        solver = FISTA(penalty, tol=max(self.tol, PROXIMAL), max_iter=self.max_iter)
        solution = solver.solve(problem.with_operator(problem.operator, groups))
        image = problem.operator.apply(solution.coef)
        gradient = problem.operator.adjoint(problem.term.gradient(image))
        distance = penalty.subdifferential_distance(solution.coef, gradient, groups)
        kind = CertificateKind.SUBDIFFERENTIAL_DISTANCE  # gaps of weights zero say nothing
        return replace(solution, certificate=Certificate(kind, distance))


def _fit_without_bounds(problem: Problem, kept: Array, ridge: Array) -> Solution:
    """Return the fit on the coefficients that are kept, with a ridge for each."""
    began, term = perf_counter(), problem.term
    if ridge.any() or not _is_small_least_squares(problem):
        fit = fit_features(problem, np.flatnonzero(kept), ridge=ridge)
    else:
        fit = _fit_least_squares(problem, kept)
    pull = ridge * fit.coef
    first = problem.operator.adjoint(term.gradient(np.zeros_like(fit.image)))
    left = problem.operator.adjoint(term.gradient(fit.image)) + pull
    sizes = [float(np.linalg.norm(gradient[kept])) for gradient in (first, left)]
    status = Status.CONVERGED if fit.converged else Status.MAX_ITER
    if fit.escapes and not ridge.any() and not problem.loss.whitens:
        status = Status.UNBOUNDED
    return Solution(
        coef=fit.coef,
        active_groups=np.empty(0, np.intp),  # known where groups are
        status=status,
        objective=term.value(fit.image) + float(np.sum(pull * fit.coef)) / 2,
        certificate=Certificate(
            CertificateKind.NORMAL_EQUATIONS, sizes[1] / sizes[0] if sizes[0] else 0.0
        ),
        alpha=0.0,
        residual_norm=float(np.sqrt(term.deviance(fit.image))),
        iterations=fit.iterations,
        seconds=perf_counter() - began,
    )


def _fit_least_squares(problem: Problem, kept: Array) -> NewtonFit:
    """Return the least-squares fit of least norm."""
    view = FeatureView.of(problem)
    chosen = np.flatnonzero(view.features(kept)[0])
    features = np.zeros((len(view.data), prod(view.operator.domain_shape)))
    if chosen.size:
        columns = view.operator.columns(chosen).reshape(chosen.size, -1).astype(float, copy=False)
        features[:, chosen] = np.linalg.lstsq(columns.T, view.data.T.astype(float))[0].T
    coef = view.coefficients(features).astype(problem.dtype, copy=False)
    return NewtonFit(coef, problem.operator.apply(coef), True, 1, False)


def _is_small_least_squares(problem: Problem) -> bool:
    """Return whether the loss is the squared one, and columns are few enough to be kept."""
    n_entries = prod(problem.shape) * problem.data.size
    return isinstance(problem.loss, Squared) and n_entries <= _MOST_ENTRIES


def _count_copies(problem: Problem, penalty: Penalty) -> Array:
    """Return the number of copies of each coefficient that a penalty does not exclude."""
    groups, places = problem.groups, np.arange(prod(problem.shape))
    if isinstance(penalty, LatentOverlap):
        groups, places = penalty.copies(groups), penalty.originals(groups)
    left = penalty.prox(np.ones(groups.n_coefs), _LEAST_STEP, groups)
    counts: Array = np.bincount(places[left > 0], minlength=prod(problem.shape))
    return counts


def _make_singles(problem: Problem, kept: Array) -> tuple[Groups, Array]:
    """Return a group for each penalised feature, of weight zero where it is kept, else infinite."""
    n_features = problem.shape[0]
    grouped = np.ones(prod(problem.shape), dtype=bool)
    grouped[problem.groups.unpenalised] = False
    grouped = grouped.reshape(n_features, -1)[:, 0]
    weights = np.where(kept.reshape(n_features, -1)[grouped, 0], 0.0, np.inf)
    groups = make_groups(np.where(grouped, np.cumsum(grouped) - 1, -1), n_features)
    if problem.operator.n_channels is not None:
        groups = groups.over_channels(problem.shape, problem.operator.channel_axis)
    return groups, weights
