"""A problem of scaled channels rewritten in its own coefficients, up to a rotation of channels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..arrays import Array, real_dtype
from ..problem import Problem
from .feature_view import FeatureView


@dataclass(frozen=True, eq=False)
class ScaledView(FeatureView):
    """``Y_k = s_k B z_k`` for channels k, where Z are the coefficients in rotated channels.

    Norms of groups over all channels are those of the problem's coefficients.
    """

    @classmethod
    def find(cls, problem: Problem) -> ScaledView | None:
        """Return the view of a problem whose channels are scaled, None for others."""
        view = FeatureView.of(problem, rescale=True)
        if view.scaled is None:
            return None
        return cls(problem, view.operator, view.groups, view.data, None, view.scaled)

    @property
    def factors(self) -> Array:
        """The scales of the channels, (K, 1), in the precision of the problem."""
        assert self.scaled is not None
        return self.scaled.scales[:, None].astype(real_dtype(self.problem.dtype))

    def coefficients(self, features: Array) -> Array:
        """Convert coefficients from the view's shape, (K, n_features), to the problem's shape."""
        assert self.scaled is not None
        rows = self.scaled.rotate_back(features)
        channels = rows.reshape(-1, *self.operator.domain_shape)
        return np.ascontiguousarray(self.scaled.joint.channels_home(channels))

    def features(self, coef: Array) -> Array:
        """Return the problem's coefficients as features of shape (K, n_features)."""
        assert self.scaled is not None
        joint = self.scaled.joint
        return self.scaled.rotate(joint.channels_first(coef).reshape(joint.n_channels, -1))

    def correlations(self, rows: Array) -> Array:
        """Return ``s_k B^H y_k`` for rows of shape (K, n_rows), as (K, n_features)."""
        return super().correlations(rows) * self.factors

    def image(self, features: Array) -> Array:
        """Return ``s_k B z_k`` for features of shape (K, n_features), as (K, n_rows)."""
        return super().image(features) * self.factors
