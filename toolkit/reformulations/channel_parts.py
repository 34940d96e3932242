"""A problem whose groups are one feature in every channel, split into channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..arrays import Array
from ..groups import Groups
from ..operators import Channelwise, Joint, Operator
from ..operators.convolution import BandedOperator
from ..operators.white_noise.scaled_channels import ScaledChannels
from ..operators.white_noise.weighting import weigh_all
from ..problem import Problem


@dataclass(frozen=True, eq=False)
class ChannelParts:
    """``y_k = A_k x_k`` for channels k, each group one feature of all x_k.

    There is one operator per channel, or one for all; data have the shape of their
    operator's range; `features` are groups of one feature each, of one channel. With a `basis` U,
    (K, K), the x_k are the channels of ``U^H X``, whose groups have the same norms.
    """

    problem: Problem
    operators: Sequence[Operator]
    data: Sequence[Array]
    features: Groups
    basis: Array | None = None

    @classmethod
    def of(cls, problem: Problem) -> ChannelParts | None:
        """Return the parts in the problem's dtype, or None if its groups are others."""
        operator, groups = problem.operator, problem.groups
        if groups.overlapping:
            return None
        data = problem.data.astype(problem.dtype, copy=False)
        if operator.n_channels is None and not isinstance(operator, ScaledChannels):
            alone = np.all(groups.sizes == 1)
            return cls(problem, [operator], [data], groups) if alone else None
        features = groups.features
        axis = operator.channel_axis % len(problem.shape)
        if features is None or groups.channel_axis != axis or not np.all(features.sizes == 1):
            return None
        if isinstance(operator, Joint):
            return cls(problem, [operator.operator], list(operator.channels_first(data)), features)
        if isinstance(operator, Channelwise):
            return cls(problem, operator.operators, operator.unpack(data), features)
        if isinstance(operator, ScaledChannels):
            parts = [weigh_all(operator.operator, scale) for scale in operator.scales]
            rows = list(operator.joint.channels_first(data))
            return cls(problem, parts, rows, features, operator.basis)
        return None

    @property
    def n_channels(self) -> int:
        """The number of channels."""
        return len(self.data)

    @property
    def are_banded(self) -> bool:
        """Whether all operators are convolutions."""
        return all(isinstance(operator, BandedOperator) for operator in self.operators)

    @property
    def each(self) -> Sequence[Operator]:
        """The operator of every channel."""
        return list(self.operators) * (self.n_channels // len(self.operators))

    def rows(self, coef: Array) -> Array:
        """Return the problem's coefficients as one row per channel, a view where possible."""
        operator = self.problem.operator
        if len(self.data) == 1 and operator.n_channels is None:
            return coef.reshape(1, -1)
        rows = np.moveaxis(coef, operator.channel_axis, 0).reshape(self.n_channels, -1)
        return rows if self.basis is None else self.basis.conj().T @ rows

    def coefficients(self, rows: Array) -> Array:
        """Return rows of shape (K, n_features) as the problem's coefficients."""
        operator, shape = self.problem.operator, self.problem.shape
        if len(self.data) == 1 and operator.n_channels is None:
            coef = rows.reshape(shape)
        else:
            rows = rows if self.basis is None else self.basis @ rows
            inner = tuple(np.delete(shape, operator.channel_axis).tolist())
            coef = np.moveaxis(rows.reshape(-1, *inner), 0, operator.channel_axis)
        return np.ascontiguousarray(coef, dtype=self.problem.dtype)
