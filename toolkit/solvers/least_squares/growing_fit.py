"""Fits on a growing active set, for greedy methods; for least squares by a QR factorisation.

One growing QR factorisation serves all K right-hand sides. The residual is projected
off each new block; the coefficients come from one triangular solve.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

import numpy as np

from ...arrays import Array, IntArray
from ...groups import Groups
from ...reformulations.feature_view import FeatureView
from ...solution import Solution, Status
from ..goal import estimate_rounding
from .fitted_solution import make_fitted_solution
from .growing_qr import Appended, GrowingQR, Remainder


class GrowingFit(ABC):
    """A fit to the data using the features added so far.

    `groups` are the groups of features, `data_norm` is the residual norm without any feature.
    """

    groups: Groups
    data_norm: float

    @property
    @abstractmethod
    def residual_norm(self) -> float:
        """The root of the deviance: for least squares the norm of the residual."""

    @property
    @abstractmethod
    def rounding(self) -> float:
        """The largest residual norm that may be rounding."""

    @property
    @abstractmethod
    def n_columns(self) -> int:
        """The number of independent columns in the fit."""

    @property
    @abstractmethod
    def is_full(self) -> bool:
        """Whether there are as many independent columns as data."""

    @abstractmethod
    def include(self, features: IntArray) -> object:
        """Include new features."""

    @abstractmethod
    def make_solution(
        self, status: Status, iterations: int, began: float, history: Mapping[str, Array]
    ) -> Solution:
        """Return the solution, begun at `began`."""


class GreedyFit(GrowingFit):
    """The least-squares fit to the data using the features added so far.

    `residual`, shape (K, n_rows), is data minus fit; `data_norm` the norm of the data.
    """

    def __init__(self, view: FeatureView) -> None:
        self.view, self.groups = view, view.groups
        self.residual = np.array(view.data, order="C")
        self.data_norm = self.residual_norm
        exact = view.operator.exact_columns
        self.qr = GrowingQR(self.residual.shape[1], self.residual.dtype, exact=exact)
        self._blocks: list[tuple[IntArray, Array]] = []
        self._coordinates: list[Array] = []

    @property
    def residual_norm(self) -> float:
        """The norm of the residual over all channels."""
        return float(np.linalg.norm(self.residual))

    @property
    def rounding(self) -> float:
        """The largest residual norm that may be rounding."""
        return estimate_rounding(self.view.data)

    @property
    def n_columns(self) -> int:
        """The number of independent columns in the fit."""
        return self.qr.size

    @property
    def is_full(self) -> bool:
        """Whether there are as many independent columns as rows."""
        return self.qr.size == self.qr.n_rows

    @property
    def latest(self) -> Array:
        """The data's coordinates, shape (K, n), on the vectors of the last block."""
        return self._coordinates[-1]

    def remainder(self, features: IntArray) -> Remainder:
        """Return the columns of some features, projected off the fit."""
        columns = self.view.operator.columns(features)
        return self.qr.remainder(columns.astype(self.residual.dtype, copy=False))

    def include(self, features: IntArray, block: Remainder | None = None) -> Appended:
        """Include new features, given their projected columns if known; update the residual."""
        before = self.qr.size
        appended = self.qr.append(self.remainder(features) if block is None else block)
        self._blocks.append((features, appended.back))
        self._coordinates.append(self.qr.take_out(self.residual, before))
        return appended

    def coefficients(self) -> Array:
        """Return the coefficients, shape (K, n_features)."""
        coef = np.zeros((len(self.residual), self.view.groups.n_coefs), self.residual.dtype)
        if not self.qr.size:
            return coef
        solution = self.qr.solve(np.hstack(self._coordinates))
        begin = 0
        for features, back in self._blocks:
            end = begin + back.shape[1]
            coef[:, features] = solution[:, begin:end] @ back.T
            begin = end
        return coef

    def make_solution(
        self, status: Status, iterations: int, began: float, history: Mapping[str, Array]
    ) -> Solution:
        """Return the solution, begun at `began`."""
        coef = self.coefficients()
        return make_fitted_solution(self.view, coef, status, iterations, began, history)
