"""The columns of an operator, group by group, as rows in double precision."""

from __future__ import annotations

from math import prod
from typing import NamedTuple

import numpy as np

from ..arrays import Array, IntArray, inexact_dtype
from ..groups import AcrossAxis, Groups
from ..groups.parsing import GroupsLike, make_groups
from ..operators import Operator, OperatorLike, as_operator
from ..problem import Problem, needs_double
from ..reformulations.feature_view import FeatureView
from ..reformulations.group_basis import GroupBasis, make_orthonormal_basis

_BATCH = 512


class GroupedColumns(NamedTuple):
    """Columns as rows (n_columns, n_rows), one group after another.

    Group g begins at row ``indptr[g]``.
    """

    rows: Array
    indptr: IntArray


def features_and_groups(
    operator: OperatorLike | Problem, groups: GroupsLike
) -> tuple[Operator, Groups]:
    """Return the operator on features, and their disjoint groups.

    Of a `Problem` these are the operator that serves its channels, where one serves all, and the
    groups of features; then `groups` must be None.
    """
    if isinstance(operator, Problem):
        if groups is not None:
            raise ValueError("groups must be left out where a Problem brings its own")
        view = FeatureView.of(operator)
        base, found = view.operator, view.groups
    else:
        base = as_operator(operator)
        if needs_double(base, np.ones(base.range_shape, base.dtype)):
            base = base.widen()
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
    """Return the columns of the chosen groups, as they are or in a basis, computed in batches.

    `basis` is one of all groups; vectors of it that are zero are left out.
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
    """Return an orthonormal basis of the columns of each chosen group, by numerical rank."""
    return grouped_columns(operator, groups, chosen, make_orthonormal_basis(operator, groups))
