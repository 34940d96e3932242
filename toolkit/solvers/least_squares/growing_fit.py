"""Least squares on a growing active set, for greedy methods.

One growing QR factorisation serves all K right-hand sides. The residual is projected
off each new block; the coefficients come from one triangular solve.
"""

from __future__ import annotations

import numpy as np

from ...arrays import Array, IntArray
from ...operators import Matrix
from ...reformulations.feature_view import FeatureView
from .growing_qr import Appended, GrowingQR, Remainder


class GreedyFit:
    """The least-squares fit to the data using the features added so far.

    `residual`, shape (K, n_rows), is data minus fit; `data_norm` the norm of the data.
    """

    def __init__(self, view: FeatureView) -> None:
        self.view = view
        self.residual = np.array(view.data, order="C")
        self.data_norm = self.residual_norm
        exact = isinstance(view.operator, Matrix)
        self.qr = GrowingQR(self.residual.shape[1], self.residual.dtype, exact=exact)
        self._blocks: list[tuple[IntArray, Array]] = []
        self._coordinates: list[Array] = []

    @property
    def residual_norm(self) -> float:
        """The norm of the residual over all channels."""
        return float(np.linalg.norm(self.residual))

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
