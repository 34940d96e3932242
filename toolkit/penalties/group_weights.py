"""Weights of groups: one each, by size, or given; zero frees a group, infinity excludes it."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import Array, as_double, as_number_array
from ..checks import check_instance
from ..groups import Groups
from ..magnitudes import LEAST, MOST

GroupWeights: TypeAlias = ArrayLike | None


def check_group_weights(group_weights: GroupWeights, name: str = "group_weights") -> None:
    """Raise a `ValueError` unless weights are None, "sqrt" or non-negative numbers."""
    if isinstance(group_weights, str):
        if group_weights != "sqrt":
            raise ValueError(f'{name} must be None, "sqrt" or an array, got {group_weights!r}')
    elif group_weights is not None:
        weights = as_number_array(group_weights, name)
        if weights.dtype.kind == "c" or not np.all(weights >= 0):
            raise ValueError(f"{name} must be real, non-negative and not NaN")
        weights = as_double(weights)  # single precision does not reach to the limits
        finite = weights[(weights > 0) & np.isfinite(weights)]
        if np.any((finite < LEAST) | (finite > MOST)):
            raise ValueError(
                f"{name} must be zero, infinite or from {LEAST:g} to {MOST:g}, "
                f"got {finite.min():g} to {finite.max():g}"
            )


def weights_of(group_weights: GroupWeights, groups: Groups) -> Array:
    """Return the weight of every group, shape (n_groups,)."""
    check_instance("groups", groups, Groups)
    if group_weights is None:
        return np.ones(groups.n_groups)
    if isinstance(group_weights, str):
        return np.sqrt(groups.sizes)
    weights = as_number_array(group_weights, "group_weights").astype(float, copy=False)
    if weights.shape != (groups.n_groups,):
        raise ValueError(f"group_weights must have shape ({groups.n_groups},), got {weights.shape}")
    return weights


def spread_over_features(feature_weights: ArrayLike, groups: Groups) -> Array:
    """Return for every coefficient the weight of its feature, zero if it is in no group."""
    features = groups.features
    if features is None:
        weights = as_number_array(feature_weights, "feature_weights").astype(float, copy=False)
        if weights.shape != (groups.n_coefs,):
            raise ValueError(
                f"feature_weights must have shape ({groups.n_coefs},), got {weights.shape}"
            )
        values = weights[groups.indices]
    else:
        n_channels = groups.n_coefs // max(features.n_coefs, 1)
        of_features = spread_over_features(feature_weights, features)
        values = np.repeat(of_features[features.indices], n_channels)
    everywhere = np.zeros(groups.n_coefs)
    everywhere[groups.indices] = values
    return everywhere
