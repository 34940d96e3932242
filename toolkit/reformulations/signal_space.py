"""The signal space of joint data: what their leading singular vectors span.

Where ``Y = A X + noise`` and X has rank r, the r leading left singular vectors of
Y (n_rows, K) are nearest to the range of ``A X``. White noise of deviation sigma
in an m x n matrix has no singular value beyond ``sigma (sqrt(m) + sqrt(n))``, its
edge, and beside k directions of signal it fills (n_rows - k) x (K - k). So r is the
least k whose next singular value does not exceed the edge. Where sigma is not known,
the singular values after the k-th tell it, as in the sequential test of Kritchman and
Nadler, "Determining the number of components in a factor model from limited noisy
data" (2008), here without its allowance for chance: a direction of noise too many
costs a subspace method less than a direction of signal too few. Noise also has no
singular value much below ``sigma |sqrt(m) - sqrt(n)|``; what falls short of that is
signal with values of all sizes, and the search goes on. Cost: one singular value
decomposition of the data.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import scipy.linalg

from ..arrays import Array
from .feature_view import FeatureView

# Of 60 draws each, ranks 1 to 30 in 30 to 90 rows: noise is hardly ever less than this part.
_LEAST_PART_OF_LOWER_EDGE = 0.7


class SignalSpace(NamedTuple):
    """An orthonormal basis of the signal space, and what is needed to go there and back.

    ``rows`` is about ``channels * values[:r] @ basis.T``.

    Attributes
    ----------
    basis : ndarray, shape (n_rows, r)
        Orthonormal columns.
    values : ndarray of float, shape (min(K, n_rows),)
        All singular values, decreasing.
    channels : ndarray, shape (K, r)
        Orthonormal columns: the channels as combinations of r of them.
    """

    basis: Array
    values: Array
    channels: Array

    @property
    def rank(self) -> int:
        """The dimension r."""
        return int(self.basis.shape[1])


def signal_space(
    rows: Array,
    rank: int | None = None,
    noise_level: float | None = None,
    *,
    n_channels: int | None = None,
) -> SignalSpace:
    """Return the leading singular vectors of data, as many as there is signal in them.

    Parameters
    ----------
    rows : ndarray, shape (K, n_rows)
        One row per channel, real or complex; finite.
    rank : int, optional
        The rank of what is not noise.
    noise_level : float, optional
        The norm of the noise, from which the rank is estimated if not given.
    n_channels : int, optional
        Over how many channels the noise was spread, where `rows` have been
        rotated to fewer. Default K.

    Returns
    -------
    SignalSpace
        Its rank is zero only for data that are zero.

    Raises
    ------
    ValueError
        If `rank` is not positive or larger than the numerical rank of the data.
    """
    channels, values, vectors = decomposed(rows)
    n_channels = len(rows) if n_channels is None else n_channels
    shape = (rows.shape[1], n_channels)
    largest = rank_beyond_rounding(values, shape)
    if rank is None:
        rank = estimated_rank(values, shape, noise_level)
    elif not 1 <= rank <= largest:
        raise ValueError(
            f"rank must be from 1 to {largest}, the numerical rank of the data, got {rank!r}"
        )
    return SignalSpace(vectors[:rank].T, values, channels[:, :rank])


def rank_beyond_rounding(values: Array, shape: tuple[int, int]) -> int:
    """Return how many singular values, decreasing, of a matrix of a shape are not rounding."""
    floor = float(np.finfo(values.dtype).eps) * max(shape) * values[0]
    return int(np.count_nonzero(values > floor))


def estimated_rank(values: Array, shape: tuple[int, int], noise_level: float | None = None) -> int:
    """Return how many singular values stand out from the noise.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        Singular values, decreasing.
    shape : tuple of int
        Of the matrix whose noise is white; its smaller extent need not be n,
        if it was rotated.
    noise_level : float, optional
        The norm of its noise. None: as the values tell.

    Returns
    -------
    int
        Zero for a matrix that is zero, otherwise at least one. Without
        `noise_level`, a matrix whose numerical rank is deficient is taken to
        be free of noise.
    """
    exact = rank_beyond_rounding(values, shape)
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


def signal_space_of(
    view: FeatureView, rank: int | None = None, noise_level: float | None = None
) -> SignalSpace:
    """Return the signal space of a problem's data; see `signal_space`.

    Channels may have been rotated to fewer. Data that are zero have an empty
    signal space, whatever `rank` is.
    """
    known = rank if view.data.any() else None
    return signal_space(view.data, known, noise_level, n_channels=view.n_channels)


def decomposed(rows: Array) -> tuple[Array, Array, Array]:
    """Return the thin singular value decomposition, by a slower method where the fast one fails."""
    try:
        return np.linalg.svd(rows, full_matrices=False)
    except np.linalg.LinAlgError:
        result: tuple[Array, Array, Array] = scipy.linalg.svd(
            rows, full_matrices=False, lapack_driver="gesvd", check_finite=False
        )
        return result
