"""Synthetic recovery problems with known coefficients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..toolkit.arrays import Array, IntArray
from ..toolkit.checks import (
    check_count,
    check_flag,
    check_level,
    check_number,
    check_strength,
)
from ..toolkit.problem import Problem
from ..toolkit.randomness import RandomState, make_generator
from ..toolkit.short_text import shorten


@dataclass(frozen=True, eq=False)
class GroupSparseData:
    """A group-sparse recovery problem and its true coefficients.

    Attributes
    ----------
    problem : Problem
        Matrix, data, groups.
    coef : ndarray, shape (n_features,) or (n_features, n_channels)
        The true coefficients.
    active_groups : ndarray of int
        The groups that are not zero.
    noise_level : float
        The norm of the noise in the data.
    """

    problem: Problem
    coef: Array
    active_groups: IntArray
    noise_level: float


def make_group_sparse(
    n_rows: int,
    n_features: int,
    n_groups: int,
    n_active: int,
    *,
    dynamic_range: float = 10.0,
    theta: float = 0.0,
    sigma: float = 1e-3,
    recursive: bool = True,
    random_state: RandomState = None,
) -> GroupSparseData:
    """Draw a group-sparse problem as in section V of Jiao, Jin and Lu.

    The columns are Gaussian, correlated inside each group of
    s = n_features / n_groups, and scaled to unit norm. Coefficients have random
    signs and magnitudes log-uniform from 1 to `dynamic_range`, both attained.
    The noise is white.

    Parameters
    ----------
    n_rows, n_features, n_groups, n_active : int
        n, p, N and T.
    dynamic_range : float
        DR, the largest over the smallest magnitude.
    theta : float
        Correlation inside a group; with groups of four the median condition
        number of a group is about 1, 8, 100, 3000 for theta 0, 1, 3, 10.
    sigma : float
        The noise's standard deviation.
    recursive : bool
        Whether a column is correlated with its left neighbour as already
        correlated, which reproduces the published condition numbers.
        Otherwise the formula is taken literally, and at theta = 1 groups of
        four are exactly dependent.
    random_state : int, Generator, RandomState or None
        Seed.

    Returns
    -------
    GroupSparseData
        The problem and its true coefficients.

    Raises
    ------
    ValueError
        If the groups do not divide the features, more are active than exist,
        or another parameter is out of its range.

    Examples
    --------
    >>> data = make_group_sparse(20, 40, 10, 2, random_state=0)
    >>> data.problem.groups.n_groups, data.active_groups.size
    (10, 2)
    """
    for name, value in (("n_rows", n_rows), ("n_features", n_features), ("n_groups", n_groups)):
        check_count(name, value)
    check_flag("recursive", recursive)
    if n_features % n_groups:
        raise ValueError(f"n_groups must divide n_features, got {n_groups} and {n_features}")
    check_count("n_active", n_active, least=0, most=n_groups)
    check_strength("dynamic_range", dynamic_range)
    if dynamic_range < 1:
        raise ValueError(f"dynamic_range must be finite and at least 1, got {dynamic_range!r}")
    check_level("sigma", sigma)
    rng = make_generator(random_state)
    size = n_features // n_groups
    matrix = make_correlated_columns(
        n_rows, n_groups, size, theta=theta, recursive=recursive, random_state=rng
    )
    active = np.sort(rng.choice(n_groups, n_active, replace=False))
    coef = np.zeros((n_groups, size))
    coef[active] = _draw_coefficients((n_active, size), dynamic_range, rng)
    return measure(matrix, coef, sigma=sigma, random_state=rng)


def make_correlated_columns(
    n_rows: int,
    n_groups: int,
    size: int,
    *,
    theta: float = 0.0,
    recursive: bool = True,
    random_state: RandomState = None,
) -> Array:
    """Return the matrix of `make_group_sparse`, shape (n_rows, n_groups * size).

    The columns have unit norm, and those of a group are side by side.

    >>> make_correlated_columns(20, 10, 4, theta=3.0, random_state=0).shape
    (20, 40)
    """
    for name, value in (("n_rows", n_rows), ("n_groups", n_groups), ("size", size)):
        check_count(name, value)
    check_number("theta", theta)
    rng = make_generator(random_state)
    blocks = rng.standard_normal((n_groups, size, n_rows))
    left = blocks if recursive else blocks.copy()
    with np.errstate(over="ignore", invalid="ignore"):
        for j in range(1, size - 1):
            blocks[:, j] += theta * (left[:, j - 1] + left[:, j + 1])
        norms = np.linalg.norm(blocks, axis=2, keepdims=True)
    if not np.isfinite(norms).all():
        raise ValueError(f"theta is too large for groups of {size} columns, got {shorten(theta)}")
    blocks /= norms
    return np.ascontiguousarray(blocks.reshape(n_groups * size, n_rows).T)


def measure(
    matrix: Array,
    coef: Array,
    *,
    sigma: float,
    random_state: RandomState = None,
) -> GroupSparseData:
    """Measure coefficients (n_groups, size) by a matrix, with white noise.

    The columns of a group are side by side: the matrix has n_groups * size of them.

    >>> data = measure(np.eye(4), np.array([[3.0, 4.0], [0.0, 0.0]]), sigma=0.0)
    >>> data.problem.data, data.active_groups
    (array([3., 4., 0., 0.]), array([0]))
    """
    check_level("sigma", sigma)
    rng = make_generator(random_state)
    noise = sigma * rng.standard_normal(len(matrix))
    problem = Problem(matrix, matrix @ coef.ravel() + noise, groups=coef.shape[1])
    active = np.flatnonzero(coef.any(axis=1))
    return GroupSparseData(problem, coef.ravel(), active, float(np.linalg.norm(noise)))


def _draw_coefficients(
    shape: tuple[int, int], dynamic_range: float, rng: np.random.Generator
) -> Array:
    """Return random signs times magnitudes from 1 to `dynamic_range`, log-uniform."""
    exponents = rng.uniform(size=shape)
    if exponents.size > 1:
        exponents = (exponents - exponents.min()) / np.ptp(exponents)
    result: Array = rng.choice([-1.0, 1.0], shape) * dynamic_range**exponents
    return result
