"""The contract of a linear model of samples that is solved as a recovery problem."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TypeAlias

import scipy.sparse
from numpy.typing import ArrayLike

from ..arrays import Array, IntArray
from ..problem import Problem
from ..solution import Solution

Features: TypeAlias = ArrayLike | scipy.sparse.sparray | scipy.sparse.spmatrix


class RegressionForm(ABC):
    """A linear model of samples as a `Problem`, and the way back to slopes and intercept.

    Attributes
    ----------
    problem : Problem
        The problem.
    constant : ndarray of int
        The constant features, where there is an intercept.
    scale : float
        The root of the factor by which deviances of the samples exceed those of the problem.
    """

    problem: Problem
    constant: IntArray
    scale: float

    @abstractmethod
    def intercept(self, coef: Array) -> Array:
        """Return the intercept for coefficients of the problem, zero without an intercept."""

    def slopes(self, coef: Array) -> Array:
        """Return the coefficients of the features, of the problem's coefficients."""
        return coef

    def join(self, slopes: Array, intercept: Array) -> Array:
        """Return the problem's coefficients for such slopes and such an intercept."""
        return slopes

    def restore(self, solution: Solution) -> Solution:
        """Return a solution of the problem as one of the features and the unscaled samples.

        The coefficients of constant features are zero: solvers may leave rounding there.
        """
        coef = self.slopes(solution.coef).copy()
        coef[self.constant] = 0
        return replace(solution, coef=coef, residual_norm=solution.residual_norm * self.scale)
