"""The numerical rank of noisy data: the number of independent channels of signal."""

from __future__ import annotations

from numpy.typing import ArrayLike

from ..arrays import as_finite_array
from ..checks import check_level
from ..reformulations.signal_space import find_signal_space


def numerical_rank(data: ArrayLike, noise_level: float | None = None) -> int:
    """Return the number of singular values that stand out from white noise.

    Parameters
    ----------
    data : array_like, shape (n_rows, n_channels)
        Real or complex; either axis may be the channels.
    noise_level : float, optional
        The norm of the noise; by default estimated from the smaller singular values.
        Data whose rank is deficient up to rounding then count as free of
        noise; for data of full rank without noise pass 0.

    Returns
    -------
    int
        Zero for data that are zero, otherwise at least one.

    Raises
    ------
    ValueError
        If `data` is not a matrix, is empty, or not finite, or `noise_level`
        is negative or not finite.

    Notes
    -----
    With k directions of signal, white noise of deviation sigma has no singular
    value above ``sigma (sqrt(n_rows - k) + sqrt(n_channels - k))``; the rank is
    the smallest k whose next singular value is not above. If sigma is not known, it
    is that of the singular values after the k-th, and the smallest of them
    must not be too small for noise; compare Kritchman and Nadler,
    "Determining the number of components in a factor model from limited noisy
    data" (2008). Of draws with rank r at 24 to 30 dB, about nine in ten give r
    and the others r + 1; if r is nearly the number of channels, and noise
    is hard to distinguish from signal, the estimate may be low by a few.

    Examples
    --------
    >>> from groupsparse.datasets import make_joint_sparse
    >>> numerical_rank(make_joint_sparse(rank=10, snr_db=30, random_state=0).problem.data)
    10
    """
    matrix = as_finite_array(data, "data")
    if matrix.ndim != 2:
        raise ValueError(f"data must be a matrix, got shape {matrix.shape}")
    if noise_level is not None:
        check_level("noise_level", noise_level)
    return find_signal_space(matrix.T, noise_level=noise_level).rank
