"""The columns of an operator, group by group, for what is measured on them.

Columns come as rows, gathered in batches, in double precision. They need as
much memory as the operator's matrix.
"""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np

from ..arrays import Array, IntArray, inexact_dtype
from ..groups import AcrossAxis, Groups
from ..groups.parsing import GroupsLike, make_groups
from ..operators import Operator, as_operator
from ..problem import Problem
from ..reformulations.feature_view import FeatureView
from ..reformulations.group_basis import GroupBasis, make_orthonormal_basis

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


def grouped_columns(
    operator: Operator, groups: Groups, chosen: IntArray, basis: GroupBasis | None = None
) -> GroupedColumns:
    """Return the columns of some groups, as they are or in a basis, computed in batches.

    Parameters
    ----------
    operator : Operator
        From features to data.
    groups : Groups
        Disjoint groups of the features.
    chosen : ndarray of int
        The groups wanted.
    basis : GroupBasis, optional
        Of all groups; vectors of it that are zero are left out.

    Returns
    -------
    GroupedColumns
        In the order of `chosen`, in double precision.
    """
    members = [groups.members(int(g)) for g in chosen]
    kept = members if basis is None else [part[basis.independent[part]] for part in members]
    indptr = np.concatenate([[0], np.cumsum([part.size for part in kept])]).astype(np.intp)
    dtype = np.result_type(inexact_dtype(operator.dtype), np.float64)
    rows = np.empty((indptr[-1], prod(operator.range_shape)), dtype)
    step = max(1, _BATCH * len(members) // max(1, sum(part.size for part in members)))
    for begin in range(0, len(members), step):
        end = min(begin + step, len(members))
        features = np.concatenate(members[begin:end])
        columns = operator.columns(features).astype(dtype, copy=False)
        if basis is not None:
            columns = basis.rotate_columns(columns, features)[basis.independent[features]]
        rows[indptr[begin] : indptr[end]] = columns
    return GroupedColumns(rows, indptr)


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
    return grouped_columns(operator, groups, chosen, make_orthonormal_basis(operator, groups))
