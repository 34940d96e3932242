"""The fit of any convex loss on given coefficients, by damped Newton steps.

Minimises ``F(A x) + ridge / 2 ||x||^2`` over the active coefficients, all others zero. Each step
solves with the exact Hessian ``A_S^H F''(A x) A_S`` (for a Hessian ``F''`` that is diagonal, this
is iteratively reweighted least squares): by Cholesky where the active columns ``A_S`` fit into
memory, else by conjugate gradients. It is halved until the objective falls as much as it must
(Nocedal and Wright, "Numerical optimization", 2006, algorithm 3.1). Where columns depend on
others, steps have least norm. Where the data can be fitted exactly by infinite coefficients, as
separable classes, every step lowers the gradient by a factor, and the result is the first fit
whose gradient is small enough.

Cost of a step for m active columns: ``n_rows m^2 + m^3``, or two products with the operator for
every step of conjugate gradients.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from typing import NamedTuple

import numpy as np

from ...arrays import Array, IntArray
from ...losses import DataTerm
from ...operators import Joint, Operator
from ...problem import Problem
from .active_columns import Hessian, ImplicitColumns, KeptColumns, join_parts, split_parts

_MAX_ITER = 100
_ACCURACY = 1e-12  # of the gradient, relative to that at zero
_SETTLED, _LATE = 1e-8, 10  # of the gradient at zero; steps: then, few are left to a minimum
_LONG, _SLOW = 0.1, 0.1  # the change of an image, and the share of a gradient, by other steps
_ENOUGH = 1e-4  # of the decrease that the gradient promises
_MOST_HALVINGS = 60
_USEFUL = 0.9  # of the gradient: a step that leaves more is followed by one of another kind
_ROUNDING = 1e-13  # of an objective
_MOST_ENTRIES, _MOST_COLUMNS = 2**25, 4096  # of columns that are kept


class NewtonFit(NamedTuple):
    """A fit on active coefficients.

    Attributes
    ----------
    coef : ndarray
        All coefficients, in the shape of the problem.
    image : ndarray
        ``A x``, in the shape of the data.
    converged : bool
        Whether the gradient has reached the accuracy, or the limit of rounding.
    iterations : int
        The number of steps.
    escapes : bool
        Whether the loss seems to fall for ever as coefficients grow: steps do not become short,
        each changes the image by one or more and divides the gradient by e.
    """

    coef: Array
    image: Array
    converged: bool
    iterations: int
    escapes: bool


def fit_active(
    problem: Problem, active: Array, start: Array | None = None, ridge: float | Array = 0.0
) -> tuple[Array, Array]:
    """Return coefficients that minimise the loss on the active ones, and their image.

    Parameters
    ----------
    problem : Problem
        Operator, data and loss.
    active : ndarray of bool
        Which coefficients may differ from zero, in the shape of the problem or flat.
    start : ndarray, optional
        Coefficients to start from; those that are not active count as zero.
    ridge : float or ndarray, default 0
        Adds ``ridge / 2 ||x||^2``: for all active coefficients, or a number for each coefficient.
    """
    fit = fit_features(problem, np.flatnonzero(active), start, ridge)
    return fit.coef, fit.image


def fit_features(
    problem: Problem, features: IntArray, start: Array | None = None, ridge: float | Array = 0.0
) -> NewtonFit:
    """Return the fit on coefficients at some flat positions; see `fit_active`."""
    columns = _make_columns(problem, features)
    is_complex = problem.dtype.kind == "c"
    ridges = np.broadcast_to(np.ravel(ridge), prod(problem.shape))[features].astype(float)
    begin = np.zeros(features.size) if start is None else start.ravel()[features]
    if is_complex:
        ridges, begin = np.tile(ridges, 2), split_parts(begin)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
        descent = _Descent(problem.term, columns, ridges, begin.astype(float))
        converged = descent.run()
    coef = np.zeros(prod(problem.shape), problem.dtype)
    coef[features] = join_parts(descent.coef) if is_complex else descent.coef
    image = descent.image.astype(problem.dtype, copy=False)
    shaped = coef.reshape(problem.shape)
    return NewtonFit(shaped, image, converged, descent.iterations, descent.escapes)


class _Descent:
    """The coefficients on their way to the minimum."""

    def __init__(
        self,
        term: DataTerm,
        columns: KeptColumns | ImplicitColumns,
        ridge: Array,
        coef: Array,
    ) -> None:
        self.term, self.columns, self.ridge = term, columns, ridge
        self.coef = np.zeros_like(coef)
        self.image = columns.image(self.coef)
        self.value, self.gradient = self._evaluate()
        self._finest, self._promise = _ACCURACY * self.size, 0.0
        self._first = abs(self.value)
        self.iterations, self.escapes = 0, False
        if coef.any():
            self._begin(coef)

    def _begin(self, coef: Array) -> None:
        """Start from coefficients, unless zero is as good."""
        zero = (self.coef, self.image, self.value, self.gradient)
        self.coef, self.image = coef, self.columns.image(coef)
        self.value, self.gradient = self._evaluate()
        if not (self.value < zero[2] and np.isfinite(self.gradient).all()):
            self.coef, self.image, self.value, self.gradient = zero

    def _evaluate(self) -> tuple[float, Array]:
        """Return objective and gradient."""
        correlations = self.columns.correlations(self.term.gradient(self.image))
        value = self.term.value(self.image) + float(self.ridge @ self.coef**2) / 2
        return value, correlations + self.ridge * self.coef

    @property
    def size(self) -> float:
        """The norm of the gradient, for columns of norm one."""
        return float(np.linalg.norm(self.columns.scales * self.gradient))

    @property
    def _rounding(self) -> float:
        """A difference of objectives that may be rounding."""
        return _ROUNDING * max(self._first, abs(self.value))

    def run(self) -> bool:
        """Step until the gradient is small; return whether it is."""
        for _ in range(_MAX_ITER):
            if self.size <= self._finest:
                return True
            image, size = self.image, self.size
            if not self._advance():
                return self._promise <= self._rounding
            self.iterations += 1
            if size > _SETTLED / _ACCURACY * self._finest and self.iterations >= _LATE:
                change = float(np.abs(self.image - image).max(initial=0.0))
                self.escapes = change > _LONG and self.size > _SLOW * size
        return False

    def _advance(self) -> bool:
        """Step by the Hessian, and if that leads nowhere, by others; return whether any did."""
        self._promise, moved, before = 0.0, False, self.size
        for hessian in self._generate_hessians():
            moved = self._step(hessian) or moved
            if self.size <= _USEFUL * before:
                break
        return moved

    def _generate_hessians(self) -> Iterator[Hessian]:
        """Yield the Hessian, the diagonal above it, and the bound of all: ever less singular."""
        curvature = self.term.curvature(self.image)
        largest, image, bound = float(curvature.max()), self.image, self.term.curvature_bound
        yield Hessian(lambda directions: self.term.apply_hessian(image, directions), largest)
        curvature = self.term.curvature(self.image)
        yield Hessian(lambda directions: curvature * directions, float(curvature.max()))
        if bound is not None:
            yield Hessian(lambda directions: bound * directions, bound)

    def _step(self, hessian: Hessian) -> bool:
        """Step along the solution of equations; return whether the objective or gradient fell."""
        direction = -self.columns.find_step(hessian, self.gradient, self.ridge)
        slope = -float(self.gradient @ direction)
        if not 0 < slope < np.inf:
            return False
        self._promise = max(self._promise, slope)
        along = self.columns.image(direction)
        coef, image, value, gradient = self.coef, self.image, self.value, self.gradient
        size, rounding, length = self.size, self._rounding, 1.0
        for _ in range(_MOST_HALVINGS):
            self.coef, self.image = coef + length * direction, image + length * along
            self.value, self.gradient = self._evaluate()
            if self.value <= value - _ENOUGH * length * slope and np.isfinite(self.size):
                return True
            if slope <= rounding:
                if self.size < size / 2:
                    return True
                break
            length /= 2
        self.coef, self.image, self.value, self.gradient = coef, image, value, gradient
        return False


def _make_columns(problem: Problem, features: IntArray) -> KeptColumns | ImplicitColumns:
    """Return the columns at some flat positions, kept if they are few enough."""
    operator, is_complex = problem.operator, problem.dtype.kind == "c"
    entries = prod(operator.range_shape)
    if not _is_explicit(operator):
        entries += prod(operator.domain_shape)  # of the unit vectors that columns come from
    if features.size <= _MOST_COLUMNS and features.size * entries <= _MOST_ENTRIES:
        return KeptColumns(operator, features, is_complex=is_complex)
    return ImplicitColumns(operator, features, is_complex=is_complex)


def _is_explicit(operator: Operator) -> bool:
    """Return whether columns come from a matrix, not from unit vectors."""
    inner = operator.operator if isinstance(operator, Joint) else operator
    return type(inner).columns is not Operator.columns
