"""Groups of features as users of data frames pass them: also by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...arrays import Array
from ...groups import AcrossAxis, Groups
from ...groups.parsing import GroupsLike, make_groups


def feature_groups(spec: GroupsLike, n_features: int, names: Array | None) -> Groups:
    """Return groups of features.

    Parameters
    ----------
    spec : None, int, array_like, Series, sequence or Groups
        As for `make_groups`; besides, a list of lists of feature names, and a
        pandas Series of labels indexed by feature name, in any order.
    n_features : int
        The number of features.
    names : ndarray of str, shape (n_features,), optional
        Their names, if they have any.

    Returns
    -------
    Groups
        Over the features.

    Raises
    ------
    ValueError
        If it does not describe a grouping of these features.

    Examples
    --------
    >>> names = np.array(["age", "dose", "weight"])
    >>> feature_groups([["dose"], ["age", "weight"]], 3, names).members(1)
    array([0, 2])
    """
    if isinstance(spec, AcrossAxis):
        raise ValueError("groups must be groups of features; targets belong together anyway")
    if hasattr(spec, "reindex"):
        spec = _labels_of(spec, names)
    elif _holds_names(spec):
        spec = [_positions(group, names) for group in spec]  # type: ignore[union-attr]
    return make_groups(spec, n_features)


def _holds_names(spec: Any) -> bool:
    """Whether this is a list of groups, some of which hold names."""
    if not isinstance(spec, Sequence) or isinstance(spec, str):
        return False
    listed = [group for group in spec if isinstance(group, Sequence | np.ndarray)]
    return any(
        isinstance(name, str) for group in listed if not isinstance(group, str) for name in group
    )


def _labels_of(series: Any, names: Array | None) -> Array:
    """Return the labels of a Series in the order of the features."""
    if names is None or not set(series.index) & set(names):
        return np.asarray(series)  # its index says nothing about features
    missing = [str(name) for name in names if name not in series.index]
    if missing or not series.index.is_unique:
        what = f"no label for {', '.join(missing[:5])}" if missing else "a name comes twice"
        raise ValueError(f"groups: a Series must have one label for each feature; {what}")
    return np.asarray(series.reindex(names))


def _positions(group: Any, names: Array | None) -> Array:
    """Return the positions of named features."""
    if names is None:
        raise ValueError("groups: given by feature name, but X has no feature names")
    place = {name: position for position, name in enumerate(names)}
    unknown = [str(name) for name in group if name not in place]
    if unknown:
        raise ValueError(f"groups: X has no feature called {', '.join(unknown[:5])}")
    return np.array([place[name] for name in group], dtype=np.intp)
