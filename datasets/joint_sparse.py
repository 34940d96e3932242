"""Synthetic joint-sparse problems of a given rank."""

from __future__ import annotations

import numpy as np

from ..toolkit.arrays import Array
from ..toolkit.checks import check_count, check_flag, check_not_negative, check_number
from ..toolkit.problem import Problem
from ..toolkit.randomness import RandomState, make_generator
from .synthetic import GroupSparseData


def make_joint_sparse(
    n_rows: int = 51,
    n_features: int = 128,
    n_channels: int = 30,
    n_active: int = 30,
    *,
    rank: int = 10,
    noise: float = 0.0,
    snr_db: float | None = None,
    is_complex: bool = False,
    random_state: RandomState = None,
) -> GroupSparseData:
    """Draw a joint-sparse problem of given rank (Petrosyan, Pieper and Tran, section 7.1).

    ``Y = A X + noise`` with a Gaussian matrix A of variance 1 / n_rows and
    ``X = P_S U V^T``: U (n_features, rank) and V (n_channels, rank) have
    orthonormal columns, and P_S sets all rows outside a random set S to zero.

    Parameters
    ----------
    n_rows, n_features, n_channels, n_active : int
        M, N, K and s, the number of rows that are not zero.
    rank : int
        r, the rank of X.
    noise : float
        The expected norm of the white noise, approximately: its standard
        deviation is ``noise / sqrt(n_rows * n_channels)``. The paper has 0.1.
    snr_db : float, optional
        Instead of `noise`, the signal-to-noise ratio ``20 log10(||A X|| /
        ||noise||)`` in dB, met exactly.
    is_complex : bool
        Whether matrix, coefficients and noise are circularly complex.
    random_state : int, Generator, RandomState or None
        Seed.

    Returns
    -------
    GroupSparseData
        The problem, whose groups are the rows of X, and its true coefficients:
        `coef` of shape (n_features, n_channels), `active_groups` the rows in S.

    Raises
    ------
    ValueError
        If a size is not positive, more rows are active than exist, the rank is
        larger than the active rows or the channels allow, the noise is
        negative, or both `noise` and `snr_db` are given.

    Examples
    --------
    >>> data = make_joint_sparse(20, 40, 6, 5, rank=3, noise=0.1, random_state=0)
    >>> data.coef.shape, int(np.linalg.matrix_rank(data.coef)), data.active_groups.size
    ((40, 6), 3, 5)
    """
    for name, value in (
        ("n_rows", n_rows),
        ("n_features", n_features),
        ("n_channels", n_channels),
    ):
        check_count(name, value)
    check_count("n_active", n_active, most=n_features)
    check_count("rank", rank, most=min(n_active, n_channels))
    check_flag("is_complex", is_complex)
    check_not_negative("noise", noise)
    if snr_db is not None:
        check_number("snr_db", snr_db)
        if noise:
            raise ValueError(f"give noise or snr_db, not both, got {noise!r} and {snr_db!r}")
    rng = make_generator(random_state)
    matrix = _gaussian(rng, (n_rows, n_features), is_complex) / np.sqrt(n_rows)
    left, right = (
        np.linalg.qr(_gaussian(rng, (size, rank), is_complex))[0]
        for size in (n_features, n_channels)
    )
    active = np.sort(rng.choice(n_features, n_active, replace=False))
    coef = np.zeros((n_features, n_channels), matrix.dtype)
    coef[active] = left[active] @ right.T
    signal = matrix @ coef
    error = _gaussian(rng, signal.shape, is_complex)
    if snr_db is None:
        error *= noise / np.sqrt(signal.size)
    else:
        error *= np.linalg.norm(signal) * 10 ** (-snr_db / 20) / np.linalg.norm(error)
    problem = Problem(matrix, signal + error)
    return GroupSparseData(problem, coef, active, float(np.linalg.norm(error)))


def _gaussian(rng: np.random.Generator, shape: tuple[int, int], is_complex: bool) -> Array:
    """Return independent numbers of variance one."""
    real = rng.standard_normal(shape)
    if not is_complex:
        return real
    result: Array = (real + 1j * rng.standard_normal(shape)) / np.sqrt(2)
    return result
