"""The norm of every group over channels: Euclidean inside a channel, of any kind over them."""

from __future__ import annotations

import numpy as np

from ..arrays import Array, squared_magnitude
from ..groups import Groups
from ..penalties._channel_rows import joint_norms


def channel_norms(values: Array, groups: Groups, norm: float) -> Array:
    """Return ``(sum_k ||values_k,g||^norm)^(1/norm)`` for every group g.

    Parameters
    ----------
    values : ndarray, shape (K, n_features)
        One row per channel.
    groups : Groups
        Over the features.
    norm : float
        1, 2 or inf.

    Returns
    -------
    ndarray of float, shape (n_groups,)
        In the precision of `values`.
    """
    if norm == 2:  # both sums are one, and channels are the faster one to take first
        return joint_norms(values, groups)
    energy = squared_magnitude(values)
    if not groups.n_groups:
        return np.zeros(0, energy.dtype)
    within = np.add.reduceat(energy[:, groups.indices], groups.indptr[:-1], axis=1)
    result: Array = np.linalg.norm(np.sqrt(within), norm, axis=0)
    return result


def largest_growth(n_channels: int, norm: float) -> float:
    """Return by how much a norm over channels exceeds the Euclidean one at most."""
    return float(n_channels ** max(0.0, 1 / norm - 0.5))
