"""Checks that every operator and every penalty must pass, your own included.

`dot_test` compares an operator with its adjoint, `prox_test` compares a proximal step with the
minimisation that defines it. Both raise an `AssertionError` that says by how much the check
failed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from .arrays import Array, Shape, squared_magnitude
from .checks import check_count, check_instance, check_not_negative, check_positive
from .groups import Groups
from .operators import OperatorLike, as_operator
from .penalties import Penalty
from .randomness import RandomState, make_generator
from .short_text import shorten


def _as_dtype(dtype: DTypeLike) -> np.dtype[Any]:
    """Return a dtype of real or complex numbers; a `ValueError` for anything else."""
    try:
        found = np.dtype(dtype)
    except (TypeError, ValueError) as error:
        raise ValueError(f"dtype must be one of NumPy's, got {shorten(dtype)}") from error
    if found.kind not in "fc":
        raise ValueError(f"dtype must be real or complex, got {found}")
    return found


def random_array(shape: Shape, dtype: DTypeLike, rng: np.random.Generator) -> Array:
    """Return standard normal numbers of a shape and dtype, real or complex."""
    values = rng.standard_normal(shape)
    if _as_dtype(dtype).kind == "c":
        return (values + 1j * rng.standard_normal(shape)).astype(dtype)
    return values.astype(dtype)


def dot_test(
    operator: OperatorLike,
    dtype: DTypeLike = np.float64,
    *,
    rtol: float | None = None,
    random_state: RandomState = 0,
) -> float:
    """Check that ``<A x, y> = <x, A^H y>`` for random `x` and `y`.

    Parameters
    ----------
    operator : Operator, matrix or LinearOperator
        The operator to check.
    dtype : dtype
        Real or complex, single or double precision, of `x` and `y`.
    rtol : float, optional
        The largest error allowed relative to ``||A x|| ||y||``; by default
        a hundred times the precision of `dtype`.
    random_state : int, Generator, RandomState or None
        Seed.

    Returns
    -------
    float
        The relative error.

    Raises
    ------
    AssertionError
        If it exceeds `rtol`.

    Examples
    --------
    >>> dot_test(np.ones((3, 2))) < 1e-14
    True
    """
    checked = as_operator(operator)
    if rtol is not None:
        check_not_negative("rtol", rtol)
    rng = make_generator(random_state)
    x = random_array(checked.domain_shape, dtype, rng)
    y = random_array(checked.range_shape, dtype, rng)
    forward, backward = checked.apply(x), checked.adjoint(y)
    left = np.vdot(forward.astype(complex), y.astype(complex))
    right = np.vdot(x.astype(complex), backward.astype(complex))
    size = float(np.linalg.norm(forward) * np.linalg.norm(y)) or 1.0
    error = float(abs(left - right)) / size
    limit = 100 * float(np.finfo(dtype).eps) if rtol is None else rtol
    if not error <= limit:
        raise AssertionError(
            f"dot test of {checked!r} failed in {np.dtype(dtype)}: <A x, y> = {left:.6g} but "
            f"<x, A^H y> = {right:.6g} (relative error {error:.2g}, allowed {limit:.2g})"
        )
    return error


def prox_test(
    penalty: Penalty,
    groups: Groups,
    dtype: DTypeLike = np.float64,
    *,
    step: float = 0.7,
    n_trials: int = 200,
    random_state: RandomState = 0,
) -> float:
    """Check that no point tried is better than the proximal step.

    The step at `x` must minimise ``1/2 ||u - x||^2 + step * penalty(u)``. For
    many `x`, with groups small and large, it is compared with points at a
    random distance, with all groups or one of them scaled, kept or zero.

    Parameters
    ----------
    penalty : Penalty
        The penalty to check.
    groups : Groups
        A grouping of the coefficients.
    dtype : dtype
        Real or complex, single or double precision.
    step : float
        The step size.
    n_trials : int
        The number of arrays `x`.
    random_state : int, Generator, RandomState or None
        Seed.

    Returns
    -------
    float
        The least advantage of the proximal step over a point tried.

    Raises
    ------
    AssertionError
        If some point is better by more than rounding.

    Examples
    --------
    >>> from groupsparse.toolkit.penalties import L21
    >>> prox_test(L21(0.5), Groups.blocks(2, 6)) >= 0
    True
    """
    check_instance("penalty", penalty, Penalty)
    check_instance("groups", groups, Groups)
    check_positive("step", step)
    check_count("n_trials", n_trials)
    rng = make_generator(random_state)
    least = np.inf
    for _ in range(n_trials):
        x = random_array((groups.n_coefs,), dtype, rng)
        x = groups.scale(x, 10 ** rng.uniform(-1, 1, groups.n_groups))
        proximal = penalty.prox(x, step, groups)
        costs = [
            float(squared_magnitude(u - x).sum()) / 2
            + step * penalty.value_with_norms(u, groups.norms(u), groups)
            for u in (proximal, *_rivals(x, proximal, groups, rng))
        ]
        advantage = min(costs[1:]) - costs[0]
        if not advantage >= -100 * float(np.finfo(dtype).eps) * max(costs[0], 1.0):
            raise AssertionError(
                f"prox of {penalty!r} is not the minimiser: a point is better by {-advantage:.3g}"
            )
        least = min(least, advantage)
    return least


def _rivals(x: Array, proximal: Array, groups: Groups, rng: np.random.Generator) -> list[Array]:
    """Return points that may be better than the proximal step at `x`."""
    distance = 10.0 ** rng.uniform(-4, 1)
    rivals = [
        np.zeros_like(x),
        x,
        proximal + (distance * random_array(x.shape, x.dtype, rng)).astype(x.dtype),
        groups.scale(proximal, 1 + distance * rng.standard_normal(groups.n_groups)),
        groups.scale(x, rng.uniform(0, 1, groups.n_groups)),
    ]
    if groups.n_groups:
        members = groups.members(int(rng.integers(groups.n_groups)))
        for factor in (0.0, 1.0, rng.uniform()):
            rivals.append(proximal.copy())
            rivals[-1][members] = factor * x[members]
    return rivals
