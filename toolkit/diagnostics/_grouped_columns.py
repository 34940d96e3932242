"""The columns of an operator, group by group, for what is measured on them.

Columns come as rows, gathered in batches, in double precision. They need as
much memory as the operator's matrix.
"""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np

from ..arrays import Array, IntArray, inexact_dtype
from ..grouping import GroupsLike, make_groups
from ..groups import AcrossAxis, Groups
from ..operators import Operator, as_operator
from ..problem import Problem
from ..solvers._feature_view import FeatureView
from ..solvers._group_basis import GroupBasis, orthonormal_basis

_BATCH = 512


class GroupedColumns(NamedTuple):
    """Columns as rows, one group after another.

    Attributes
    ----------
    rows : ndarray, shape (n_columns, n_rows)
        The columns.
    indptr : ndarray of int, shape (n_groups + 1,)
        Where each group begins.
    """

    rows: Array
    indptr: IntArray


def features_and_groups(operator: Any, groups: GroupsLike) -> tuple[Operator, Groups]:
    """Return what acts on features, and their groups.

    Parameters
    ----------
    operator : Problem, Operator, array_like, scipy.sparse matrix or LinearOperator
        A problem brings its groups along; where one operator serves all its
        channels, that one is returned.
    groups : Groups, int, array_like or sequence of array_like, optional
        As for `Problem`.

    Returns
    -------
    operator : Operator
        From features to data.
    groups : Groups
        Disjoint groups of the features.

    Raises
    ------
    ValueError
        If groups come with a problem, overlap, or do not describe the features.
    """
    if isinstance(operator, Problem):
        if groups is not None:
            raise ValueError("groups must be left out where a Problem brings its own")
        view = FeatureView.of(operator)
        base, found = view.operator, view.groups
    else:
        base = as_operator(operator)
        shape = base.domain_shape
        if isinstance(groups, AcrossAxis):
            groups = groups.bind(shape)
        found = make_groups(groups, prod(shape))
    if found.overlapping:
        raise ValueError("groups overlap; disjoint groups are needed")
    return base, found


def checked_n_active(n_active: int, groups: Groups) -> int:
    """Return a number of active groups, or say that there are not as many.

    Parameters
    ----------
    n_active : int
        What the caller passed.
    groups : Groups
        The groups there are.

    Returns
    -------
    int
        The same.

    Raises
    ------
    ValueError
        If it is not from 1 to the number of groups.
    """
    if not 1 <= n_active <= groups.n_groups:
        raise ValueError(f"n_active must be from 1 to {groups.n_groups}, got {n_active!r}")
    return n_active


def grouped_columns(operator: Operator, groups: Groups, chosen: IntArray) -> GroupedColumns:
    """Return the columns of some groups as they are.

    Parameters
    ----------
    operator : Operator
        From features to data.
    groups : Groups
        Disjoint groups of the features.
    chosen : ndarray of int
        The groups wanted.

    Returns
    -------
    GroupedColumns
        In the order of `chosen`.
    """
    members = [groups.members(int(g)) for g in chosen]
    indptr = np.concatenate([[0], np.cumsum(groups.sizes[chosen])]).astype(np.intp)
    return GroupedColumns(_gathered(operator, np.concatenate(members)), indptr)


def orthonormal_columns(operator: Operator, groups: Groups, chosen: IntArray) -> GroupedColumns:
    """Return an orthonormal basis of the columns of some groups, by numerical rank.

    Parameters
    ----------
    operator : Operator
        From features to data.
    groups : Groups
        Disjoint groups of the features.
    chosen : ndarray of int
        The groups wanted.

    Returns
    -------
    GroupedColumns
        In the order of `chosen`; a group of zero columns has none.
    """
    basis = orthonormal_basis(operator, groups)
    members = [groups.members(int(g)) for g in chosen]
    independent = [features[basis.independent[features]] for features in members]
    sizes = [features.size for features in independent]
    rows = _gathered(operator, np.concatenate(independent), basis)
    return GroupedColumns(rows, np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp))


def _gathered(operator: Operator, features: IntArray, basis: GroupBasis | None = None) -> Array:
    """Return columns of ``A``, or of ``A T``, as rows in double precision, computed in batches."""
    dtype = np.result_type(inexact_dtype(operator.dtype), np.float64)
    rows = np.empty((features.size, prod(operator.range_shape)), dtype)
    for begin in range(0, features.size, _BATCH):
        batch = features[begin : begin + _BATCH]
        if basis is None:
            rows[begin : begin + _BATCH] = operator.columns(batch)
        else:
            rows[begin : begin + _BATCH] = _rotated(operator, batch, basis.transform)
    return rows


def _rotated(operator: Operator, features: IntArray, transform: Any) -> Array:
    """Return columns of ``A T`` as rows."""
    if isinstance(transform, np.ndarray):
        scaled: Array = operator.columns(features) * transform[features, None]
        return scaled
    block = transform.tocsc()[:, features]
    used = np.unique(block.indices)
    combined: Array = block[used].T @ operator.columns(used)
    return combined
