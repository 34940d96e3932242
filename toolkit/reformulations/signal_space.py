"""The signal space of joint data: the span of their leading singular vectors.

Where ``Y = A X + noise`` and X has rank r, the r leading left singular vectors of
Y (n_rows, K) are nearest to the range of ``A X``. White noise of deviation sigma
in an m x n matrix has no singular value beyond ``sigma (sqrt(m) + sqrt(n))``, its
edge, and beside k directions of signal it fills (n_rows - k) x (K - k). So r is the
least k whose next singular value does not exceed the edge. Where sigma is not known, it
is estimated from the singular values after the k-th, as in the sequential test of
Kritchman and Nadler, "Determining the number of components in a factor model from limited
noisy data" (2008), but without its allowance for chance: one direction of noise too many
costs a subspace method less than one direction of signal too few. Noise also has no
singular value much below ``sigma |sqrt(m) - sqrt(n)|``; where the smallest is below that,
the values after the k-th still hold signal, and k grows. Cost: one singular value
decomposition of the data.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.linalg

from ..arrays import Array
from .channel_rotation import ChannelRotation
from .feature_view import FeatureView

# In 60 draws each, ranks 1 to 30 in 30 to 90 rows, noise rarely falls below this part.
_LEAST_PART_OF_LOWER_EDGE = 0.7


class SignalSpace(NamedTuple):
    """The truncated SVD of data with one channel per row: ``Q diag(values[:r]) basis^T``.

    `basis`, (n_rows, r), spans the signal space of rank r, `values` are all singular values,
    falling, and `rotation` holds Q.
    """

    basis: Array
    values: Array
    rotation: ChannelRotation

    @classmethod
    def of(
        cls, view: FeatureView, rank: int | None = None, noise_level: float | None = None
    ) -> SignalSpace:
        """Return the signal space of a problem's data; see `find_signal_space`.

        Channels may have been rotated to fewer. Data that are zero have an empty
        signal space, whatever `rank` is.
        """
        known = rank if view.data.any() else None
        return find_signal_space(view.data, known, noise_level, n_channels=view.n_channels)

    @property
    def rank(self) -> int:
        """The dimension r."""
        return int(self.basis.shape[1])

    def estimate_deviation(self, n_channels: int) -> float:
        """Return the standard deviation of white noise from the values after the r-th.

        Where there are none, the largest one with which the r-th would still stand out.
        """
        n_rows = len(self.basis)
        beside = (n_rows - self.rank) * (n_channels - self.rank)
        if beside > 0:
            return float(np.linalg.norm(self.values[self.rank :]) / np.sqrt(beside))
        return float(self.values[self.rank - 1] / (np.sqrt(n_rows) + np.sqrt(n_channels)))


def find_signal_space(
    rows: Array,
    rank: int | None = None,
    noise_level: float | None = None,
    *,
    n_channels: int | None = None,
) -> SignalSpace:
    """Return the leading singular vectors of finite data, (K, n_rows).

    Their number is `rank`, which must be from 1 to the numerical rank of the data, or is
    estimated from the norm of the noise or the singular values. `n_channels` is the number
    of channels before a rotation, over which the noise was spread. Only data that are zero
    have rank zero.
    """
    channels, values, vectors = compute_svd(rows)
    n_channels = len(rows) if n_channels is None else n_channels
    shape = (rows.shape[1], n_channels)
    largest = count_beyond_rounding(values, shape)
    if rank is None:
        rank = estimate_rank(values, shape, noise_level)
    elif not 1 <= rank <= largest:
        raise ValueError(
            f"rank must be from 1 to {largest}, the numerical rank of the data, got {rank!r}"
        )
    return SignalSpace(vectors[:rank].T, values, ChannelRotation(channels[:, :rank]))


def count_beyond_rounding(values: Array, shape: tuple[int, int]) -> int:
    """Return the numerical rank of a matrix of this shape with these falling singular values."""
    floor = float(np.finfo(values.dtype).eps) * max(shape) * values[0]
    return int(np.count_nonzero(values > floor))


def estimate_rank(values: Array, shape: tuple[int, int], noise_level: float | None = None) -> int:
    """Return how many singular values, decreasing, stand out from white noise.

    `shape` is that of the matrix with the noise, whose norm may be given; a rotation may
    have left fewer values than its smaller extent. Without `noise_level`, a matrix whose
    numerical rank is deficient counts as free of noise. Zero only for a matrix of zeros.
    """
    exact = count_beyond_rounding(values, shape)
    if noise_level is None and exact < values.size:
        return exact
    k = np.arange(exact)
    m, n = (np.sqrt(np.maximum(extent - k, 1)) for extent in shape)
    if noise_level is None:
        tails = np.cumsum((values[::-1] / values[0]).astype(float) ** 2)[::-1]
        sigma = values[0] * np.sqrt(tails) / (m * n)
        is_noise = values[-1] >= _LEAST_PART_OF_LOWER_EDGE * sigma * np.abs(m - n)
    else:
        sigma = noise_level / np.sqrt(float(shape[0]) * shape[1])
        is_noise = np.ones(exact, dtype=bool)
    is_noise &= values[:exact] <= sigma * (m + n)
    return max(min(1, exact), int(np.argmax(is_noise)) if is_noise.any() else exact)


def compute_svd(rows: Array) -> tuple[Array, Array, Array]:
    """Return the thin singular value decomposition, by a slower method where the fast one fails."""
    try:
        return np.linalg.svd(rows, full_matrices=False)
    except np.linalg.LinAlgError:
        result: tuple[Array, Array, Array] = scipy.linalg.svd(
            rows, full_matrices=False, lapack_driver="gesvd", check_finite=False
        )
        return result
