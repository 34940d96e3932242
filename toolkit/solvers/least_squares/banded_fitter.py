"""Least squares on active samples of convolutions, by the bands of their Gram matrices.

Every trace of every channel is a separate system with an updated Cholesky factor. Its inner
products are read from the bands, which are Toeplitz except at the ends of the record, so no
column is ever formed. Changing k of m samples costs ``k m^2`` per trace, and one product with
the operator and its adjoint for the dual variable.
"""

from __future__ import annotations

import numpy as np

from ...arrays import Array, IntArray
from ...operators import Channelwise, Operator
from ...operators.convolution import BandedOperator
from ...operators.gram_bands import GramBands
from ...reformulations.group_basis import GroupBasis
from .updated_factor import UpdatedFactor

_ILL_CONDITIONED = 1e3  # beyond it, a correction restores digits lost in the Gram matrix
_SLACK = 10.0  # times single precision: added to the squared norms, which are one


def banded_parts(operator: Operator) -> list[BandedOperator] | None:
    """Return the convolutions of an operator, one per channel, or None if it has others."""
    if isinstance(operator, BandedOperator):
        return [operator]
    if isinstance(operator, Channelwise) and operator.channel_axis == 0:
        parts = [part for part in operator.operators if isinstance(part, BandedOperator)]
        return parts if len(parts) == len(operator.operators) else None
    return None


class BandedFitter:
    """Least squares on features of convolutions for right-hand sides of shape (K, n_rows).

    `parts` are the convolutions of `operator`, one per channel; `basis` is diagonal.
    """

    direct = True

    def __init__(
        self, operator: Operator, parts: list[BandedOperator], basis: GroupBasis, data: Array
    ) -> None:
        self.operator, self.basis, self.data = operator, basis, data
        self.independent = basis.independent
        self.correlations = self._dual(data, None).astype(data.dtype, copy=False)
        self._n = parts[0].n_samples
        wide = np.result_type(data.dtype, np.float64)
        # The operator's own rounding must not outweigh the least pivot; a correction follows.
        eps = float(np.finfo(np.result_type(operator.dtype, data.dtype)).eps)
        self._slack = _SLACK * eps if eps > np.finfo(float).eps else 0.0
        n_traces = self.independent.size // self._n // len(parts)
        self._systems = [
            (part, trace, UpdatedFactor(wide)) for part in parts for trace in range(n_traces)
        ]

    def fit(self, active: Array, start: Array, accuracy: float) -> tuple[Array, Array, Array, bool]:
        """Fit on the active features; see `DenseFitter.fit`."""
        chosen = np.flatnonzero(active & self.independent)
        ends = np.searchsorted(chosen, self._n * np.arange(len(self._systems) + 1))
        worst = 1.0
        for number, (part, trace, factor) in enumerate(self._systems):
            features = chosen[ends[number] : ends[number + 1]]
            if features.size or factor.keys.size:
                self._change(part.gram_bands(trace=trace), factor, features, number * self._n)
                worst = max(worst, factor.spread)
        coef = np.zeros_like(start)
        self._correct(coef, self.correlations)
        residual, dual = self._remainder(coef)
        members = np.concatenate([self._members(n) for n in range(len(self._systems))])
        if worst > _ILL_CONDITIONED or np.linalg.norm(dual[:, members]) > accuracy:
            self._correct(coef, dual)
            residual, dual = self._remainder(coef)
        return coef, residual, dual, True

    def _change(
        self, bands: GramBands, factor: UpdatedFactor, features: IntArray, offset: int
    ) -> None:
        """Update a trace's factor to other features."""
        seen = np.union1d(features - offset, factor.keys)
        scale = self.basis.transform[seen + offset]
        gram = scale[:, None] * bands.among(seen) * scale
        if self.basis.ridge is not None:
            gram[np.diag_indices_from(gram)] += self.basis.ridge[seen + offset] * scale**2
        gram[np.diag_indices_from(gram)] += self._slack
        places = np.full(self._n, -1)
        places[seen] = np.arange(seen.size)
        factor.change(features - offset, gram, places)

    def _members(self, number: int) -> IntArray:
        """Return the features in a trace's factor."""
        return self._systems[number][-1].keys + number * self._n

    def _correct(self, coef: Array, right: Array) -> None:
        """Add the fit of a right-hand side, given as its correlations with all features."""
        for number, (_, _, factor) in enumerate(self._systems):
            if factor.keys.size:
                members = self._members(number)
                coef[:, members] += factor.solve(right[:, members].T).T

    def _remainder(self, coef: Array) -> tuple[Array, Array]:
        """Return residual and dual variable."""
        if not coef.any():
            return self.data, self.correlations
        features = self.basis.coefficients(coef).reshape(-1, *self.operator.domain_shape)
        image = self.operator.apply(features).reshape(self.data.shape)
        residual = (self.data - image).astype(self.data.dtype, copy=False)
        return residual, self._dual(residual, coef).astype(residual.dtype, copy=False)

    def _dual(self, residual: Array, coef: Array | None) -> Array:
        images = self.operator.adjoint(residual.reshape(-1, *self.operator.range_shape))
        correlations = images.reshape(len(residual), -1)
        if coef is None:
            return self.basis.adjoint(correlations)
        return self.basis.dual(correlations, coef)
