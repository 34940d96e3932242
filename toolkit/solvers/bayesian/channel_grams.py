"""The Gram matrices of a problem whose groups are one feature in every channel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from ...arrays import Array, squared_magnitude
from ...operators import Operator
from ...operators.convolution import BandedOperator
from ...reformulations.channel_parts import ChannelParts

_EMPTY = 100.0  # times the precision: a column that much shorter than the longest is rounding


class GramRow(NamedTuple):
    """The part of one row of a Gram matrix that is not zero: ``a_j^H a_m`` from m = begin on."""

    values: Array
    begin: int
    end: int


class ChannelGrams:
    """``A_k^H A_k`` and ``A_k^H y_k``: one Gram matrix per channel, or one for all of them.

    `correlations`, (K, n_features), are ``A_k^H y_k``; `diagonals`, (n_grams, n_features), the
    squared norms of the columns. The data are in double precision.
    """

    def __init__(self, operators: Sequence[Operator], data: Sequence[Array]) -> None:
        self._operators, self._data = operators, data
        self._rows = [_make_row_source(operator) for operator in operators]
        several = operators if len(operators) > 1 else list(operators) * len(data)
        images = [
            operator.adjoint(y.reshape(operator.range_shape)).ravel()
            for operator, y in zip(several, data, strict=True)
        ]
        self.correlations = np.stack(images).astype(images[0].dtype, copy=False)
        norms = np.stack([operator.column_norms().ravel() for operator in operators])
        # The correlations that an operator computes with an empty column are rounding.
        empty = norms <= _EMPTY * self.precision * norms.max(axis=1, keepdims=True)
        self.diagonals = np.where(empty, 0.0, norms.astype(float) ** 2)
        self.correlations[np.broadcast_to(empty, self.correlations.shape)] = 0

    @classmethod
    def of(cls, parts: ChannelParts) -> ChannelGrams:
        """Return the Gram matrices of a problem's channels, in double precision."""
        wide = np.result_type(parts.problem.dtype, np.float64)
        return cls(parts.operators, [y.astype(wide).ravel() for y in parts.data])

    @property
    def n_grams(self) -> int:
        """One, or the number of channels."""
        return len(self._operators)

    @property
    def precision(self) -> float:
        """The relative precision of the Gram matrices: that of the least precise operator."""
        return max(float(np.finfo(operator.dtype).eps) for operator in self._operators)

    @property
    def energy(self) -> float:
        """``||y||^2``."""
        return float(sum(squared_magnitude(y).sum() for y in self._data))

    @property
    def n_data(self) -> int:
        """The number of entries of the data."""
        return int(sum(y.size for y in self._data))

    def write_row(self, feature: int, into: Array) -> tuple[int, int]:
        """Write the row of a feature in every Gram matrix, (n_grams, n_features).

        Returns the first feature where it is not zero, and the one after the last.
        """
        into[...] = 0
        first, last = into.shape[1], 0
        for row, make in zip(into, self._rows, strict=True):
            values, begin, end = make(feature)
            row[begin:end] = values
            first, last = min(first, begin), max(last, end)
        return first, last


def _make_row_source(operator: Operator) -> Callable[[int], GramRow]:
    """Return a function that computes one row of an operator's Gram matrix."""
    if isinstance(operator, BandedOperator):
        return _make_banded_source(operator)

    def compute_row(feature: int) -> GramRow:
        column = operator.columns(np.array([feature], dtype=np.intp))
        image = operator.adjoint(column.reshape(operator.range_shape)).ravel().conj()
        return GramRow(image, 0, image.size)

    return compute_row


def _make_banded_source(operator: BandedOperator) -> Callable[[int], GramRow]:
    n, width = operator.n_samples, operator.n_lags

    def compute_row(feature: int) -> GramRow:
        trace, sample = divmod(feature, n)
        bands = operator.gram_bands(trace=trace)
        low, high = max(0, sample - width + 1), min(n, sample + width)
        offset = width - 1 - sample
        values = bands.rows[bands.which[sample], low + offset : high + offset]
        return GramRow(values, trace * n + low, trace * n + high)

    return compute_row
