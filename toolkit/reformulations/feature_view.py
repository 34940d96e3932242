"""A problem rewritten as one operator on features with several right-hand sides."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..arrays import Array
from ..groups import Groups
from ..operators import Joint, Operator
from ..operators.white_noise.scaled_channels import ScaledChannels
from ..problem import Problem
from .channel_rotation import ChannelRotation, rotate_to_extent


@dataclass(frozen=True, eq=False)
class FeatureView:
    """A problem rewritten as ``Y_k = B x_k`` for channels k, all with the same groups of features.

    Where one operator serves all channels and each group holds its features in all of them,
    ``B`` is that operator. Otherwise ``B`` is the whole operator and there is one channel.
    `data` holds one channel per row, shape (K, n_rows); after a rotation, a row is a linear
    combination of channels. `scaled` is the problem's operator where its channels are scaled; the
    coefficients of the view are then those of its data.
    """

    problem: Problem
    operator: Operator
    groups: Groups
    data: Array
    rotation: ChannelRotation | None = None
    scaled: ScaledChannels | None = None

    @classmethod
    def of(cls, problem: Problem, *, rotate: bool = False, rescale: bool = False) -> FeatureView:
        """Rewrite a problem: K channels of one operator where it has that form, else one channel.

        With `rotate`, data with more channels than rows are replaced by as many linear
        combinations of channels as rows, which leaves the norms of groups unchanged. With
        `rescale`, channels that are scaled become those of one operator, too, whose coefficients
        are scaled: for methods to which only fits matter.
        """
        operator, groups = problem.operator, problem.groups
        data = problem.data.astype(problem.dtype, copy=False)
        scaled = operator if rescale and isinstance(operator, ScaledChannels) else None
        joint = operator if scaled is None else scaled.joint
        if isinstance(joint, Joint) and groups.features is not None:
            axis = joint.channel_axis % len(problem.shape)
            if groups.channel_axis == axis:
                rows = joint.channels_first(data).reshape(joint.n_channels, -1)
                rotates = rotate and scaled is None
                rotation, rows = rotate_to_extent(rows) if rotates else (None, rows)
                return cls(problem, joint.operator, groups.features, rows, rotation, scaled)
        return cls(problem, operator, groups, data.reshape(1, -1))

    def rotate(self, rotation: ChannelRotation) -> FeatureView:
        """Return the view whose channels are the combinations in `rotation`."""
        assert self.rotation is None
        data = np.ascontiguousarray(rotation.reduce(self.data))
        return replace(self, data=data, rotation=rotation)

    @property
    def scales(self) -> Array | None:
        """What correlations are multiplied by in the problem's coefficients, in every channel."""
        return None if self.scaled is None else self.scaled.scales

    @property
    def n_channels(self) -> int:
        """The number of channels before any rotation."""
        return len(self.data) if self.rotation is None else self.rotation.n_channels

    @property
    def _joint(self) -> Joint | None:
        """The operator of all channels, None where there is one channel."""
        operator = self.problem.operator
        if self.operator is operator:
            return None
        joint = operator if self.scaled is None else self.scaled.joint
        assert isinstance(joint, Joint)
        return joint

    def coefficients(self, features: Array) -> Array:
        """Convert coefficients from the view's shape, (K, n_features), to the problem's shape."""
        joint = self._joint
        if joint is None:
            return features.reshape(self.problem.shape)
        rows = self._restore(features)
        rows = rows if self.scaled is None else self.scaled.unscale(rows)
        channels = rows.reshape(-1, *self.operator.domain_shape)
        return np.ascontiguousarray(joint.channels_home(channels))

    def in_data_shape(self, rows: Array) -> Array:
        """Convert one row per channel, (K, n_rows), to the shape of the problem's data."""
        joint = self._joint
        if joint is None:
            return rows.reshape(self.problem.data.shape)
        channels = self._restore(rows).reshape(-1, *self.operator.range_shape)
        return np.ascontiguousarray(joint.channels_home(channels))

    def in_rows(self, data: Array) -> Array:
        """Convert an array in the shape of the problem's data to one row per channel."""
        joint = self._joint
        if joint is None:
            return data.reshape(1, -1)
        rows = joint.channels_first(data).reshape(joint.n_channels, -1)
        return rows if self.rotation is None else self.rotation.reduce(rows)

    def features(self, coef: Array) -> Array:
        """Return the problem's coefficients as features of shape (K, n_features)."""
        joint = self._joint
        if joint is None:
            return coef.reshape(1, -1)
        channels = joint.channels_first(coef).reshape(joint.n_channels, -1)
        channels = channels if self.scaled is None else self.scaled.scale(channels)
        return channels if self.rotation is None else self.rotation.reduce(channels)

    def correlations(self, rows: Array) -> Array:
        """Return ``B^H y`` for rows of shape (K, n_rows), as (K, n_features)."""
        images = self.operator.adjoint(rows.reshape(-1, *self.operator.range_shape))
        return images.reshape(len(rows), -1)

    def image(self, features: Array) -> Array:
        """Return ``B x`` for features of shape (K, n_features), as (K, n_rows)."""
        images = self.operator.apply(features.reshape(-1, *self.operator.domain_shape))
        return images.reshape(len(features), -1)

    def _restore(self, rows: Array) -> Array:
        return rows if self.rotation is None else self.rotation.restore(rows)
