"""What stability selection is asked for, checked: groups to count, steps of paths, splits."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

import numpy as np

from ...arrays import Array
from ...checks import check_count, check_positive
from ...groups import Groups
from ...penalties import L21
from ...reformulations.regression import Regression
from ..fitting.regressor import GroupRegressor

_HEAD = 10  # one strength in so many lies above the critical one of all samples


def check_has_path(estimator: Any) -> None:
    """Raise a `ValueError` unless an estimator can follow a path of growing models.

    Parameters
    ----------
    estimator : object
        What came.

    Raises
    ------
    ValueError
        If it cannot.
    """
    along = getattr(type(estimator), "_along", GroupRegressor._along)
    if along is GroupRegressor._along:
        raise ValueError(
            "estimator must be one of this package that has a path of growing models, such as "
            f"GroupLasso(), GroupL0Regressor() or GroupOMPRegressor(), got {estimator!r}"
        )


def check_parameters(selection: Any) -> None:
    """Raise a `ValueError` if a parameter that does not depend on the data is out of its range.

    Parameters
    ----------
    selection : StabilitySelection
        With the parameters.

    Raises
    ------
    ValueError
        If one is.
    """
    check_count("n_pairs", selection.n_pairs)
    check_positive("max_false", selection.max_false)
    threshold = selection.threshold
    if not isinstance(threshold, Real) or not 0.5 < float(threshold) <= 1:
        raise ValueError(f"threshold must be above 0.5 and at most 1, got {threshold!r}")
    if selection.n_groups is not None:
        check_count("n_groups", selection.n_groups)
    if np.ndim(selection.alphas) == 0:
        check_count("alphas", selection.alphas)
    if not isinstance(selection.eps, Real) or not 0 < float(selection.eps) < 1:
        raise ValueError(f"eps must lie between 0 and 1, got {selection.eps!r}")


def weights_of(estimator: Any, groups: Groups) -> Array:
    """Return the weight of every group.

    Parameters
    ----------
    estimator : GroupRegressor
        With `group_weights`, or without: then all are one.
    groups : Groups
        Of the features.

    Returns
    -------
    ndarray of float, shape (n_groups,)
        Not negative; not all of them zero or infinite.

    Raises
    ------
    ValueError
        If they all are, or do not fit.
    """
    weights = L21(1.0, getattr(estimator, "group_weights", None)).weights(groups)
    if not np.any((weights > 0) & np.isfinite(weights)):
        raise ValueError("there is no group to select: all are unpenalised or excluded")
    return weights


def most_groups(selection: Any, n_candidates: int) -> int:
    """Return how many groups each half may select.

    Parameters
    ----------
    selection : StabilitySelection
        With `n_groups`, or `threshold` and `max_false`.
    n_candidates : int
        The number of groups that can be selected.

    Returns
    -------
    int
        At least one.

    Raises
    ------
    ValueError
        If more are asked for than there are.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> most_groups(SimpleNamespace(n_groups=None, threshold=0.75, max_false=1.0), 200)
    10
    """
    if selection.n_groups is None:
        margin = 2 * float(selection.threshold) - 1
        allowed = np.sqrt(margin * float(selection.max_false) * n_candidates)
        # Rounding must not take one from a root that is a whole number.
        return int(np.clip(np.floor(allowed * (1 + 1e-12)), 1, n_candidates))
    if selection.n_groups > n_candidates:
        raise ValueError(
            f"n_groups must be at most the number of groups, {n_candidates}, "
            f"got {selection.n_groups}"
        )
    return int(selection.n_groups)


def steps_of(selection: Any, estimator: Any, regression: Regression, n_most: int) -> Array:
    """Return the strengths, or numbers of groups, at which all halves are solved.

    Parameters
    ----------
    selection : StabilitySelection
        With `alphas` and `eps`.
    estimator : GroupRegressor
        Whose path is followed.
    regression : Regression
        Of all samples.
    n_most : int
        How many groups each half may select.

    Returns
    -------
    ndarray of float or int
        From the sparsest on.

    Raises
    ------
    ValueError
        If strengths are given and are not positive, or are not what the estimator takes.
    """
    if estimator._strength != "alpha":
        if np.ndim(selection.alphas):
            raise ValueError(
                f"alphas: {type(estimator).__name__} has no strength; its path has one step for "
                "each number of groups up to n_groups"
            )
        return np.arange(1, n_most + 1)
    if not np.ndim(selection.alphas):
        return _strengths(selection, estimator, regression)
    alphas = np.asarray(selection.alphas, dtype=float)
    if alphas.ndim != 1 or not alphas.size or not np.all((alphas > 0) & np.isfinite(alphas)):
        raise ValueError(
            "alphas must be a number of strengths, or a sequence of positive finite strengths, "
            f"got {selection.alphas!r}"
        )
    return np.unique(alphas)[::-1]


def _strengths(selection: Any, estimator: Any, regression: Regression) -> Array:
    """Return strengths that begin a tenth of their steps above the critical one.

    The critical strengths of halves are often larger than that of all samples,
    and groups that come with the first step could not be told apart.
    """
    n_values = int(selection.alphas)
    n_above = n_values // _HEAD
    grid: Array = estimator._grid(regression, n_values - n_above, float(selection.eps))
    if not n_above:
        return grid
    above = (grid[0] / grid[1]) ** np.arange(n_above, 0, -1)
    return np.concatenate([grid[0] * above, grid])


def drawn_entropy(random_state: Any) -> int:
    """Return the number that determines all splits.

    Parameters
    ----------
    random_state : int, Generator, RandomState or None
        An integer is that number; the others give one.

    Returns
    -------
    int
        Not negative.

    Raises
    ------
    ValueError
        If it is something else.

    Examples
    --------
    >>> drawn_entropy(3)
    3
    """
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31))
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**63))
    if random_state is None:
        return int(np.random.default_rng().integers(2**63))
    if isinstance(random_state, Integral) and int(random_state) >= 0:
        return int(random_state)
    raise ValueError(
        "random_state must be an integer that is not negative, a Generator, a RandomState or "
        f"None, got {random_state!r}"
    )
