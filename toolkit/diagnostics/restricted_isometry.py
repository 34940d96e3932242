"""The block-restricted isometry constant: how far few groups of columns are from an isometry."""

from __future__ import annotations

import numpy as np

from ..arrays import Array
from ..checks import check_count, check_flag
from ..groups.parsing import GroupsLike
from ..operators import OperatorLike
from ..problem import Problem
from ..randomness import RandomState, make_generator
from .grouped_columns import (
    features_and_groups,
    grouped_columns,
    orthonormal_columns,
)


def block_restricted_isometry(
    operator: OperatorLike | Problem,
    groups: GroupsLike = None,
    *,
    n_active: int,
    n_trials: int = 1000,
    orthonormal: bool = False,
    random_state: RandomState = None,
) -> float:
    """Return a lower bound on the block-restricted isometry constant, from random supports.

    ``delta_T`` is the smallest number with ``(1 - delta) ||x||^2 <= ||A x||^2 <=
    (1 + delta) ||x||^2`` for all x with at most T active groups (Eldar and Mishali,
    "Robust recovery of signals from a structured union of subspaces", 2009). The bound is
    the largest of ``sigma_max^2 - 1`` and ``1 - sigma_min^2`` over random sets
    of T groups. It cannot certify recovery: sets that were not drawn may be
    worse. A bound above a theorem's limit shows that the theorem does not apply.

    Parameters
    ----------
    operator : Problem, Operator, array_like, scipy.sparse matrix or LinearOperator
        Real or complex. A problem brings its groups along.
    groups : Groups, int, array_like or sequence of array_like, optional
        Disjoint groups, as for `Problem`. Unpenalised columns are left out.
    n_active : int
        T.
    n_trials : int, default 1000
        The number of sets drawn.
    orthonormal : bool, default False
        Whether the columns of each group are replaced by an orthonormal basis
        of their span. Otherwise they are taken as they are, so that columns
        whose norm is not 1 count as deviations.
    random_state : int, Generator, RandomState or None
        Seed.

    Returns
    -------
    float
        The bound, not negative.

    Raises
    ------
    ValueError
        If `n_active` is not from 1 to the number of groups, `n_trials` is not
        positive, or the groups do not fit.

    Examples
    --------
    >>> block_restricted_isometry(np.diag([1.0, 1.0, 0.5, 1.0]), 2, n_active=1, random_state=0)
    0.75
    """
    base, found = features_and_groups(operator, groups)
    check_count("n_active", n_active, most=found.n_groups)
    check_count("n_trials", n_trials)
    check_flag("orthonormal", orthonormal)
    rng = make_generator(random_state)
    draws = [rng.choice(found.n_groups, n_active, replace=False) for _ in range(n_trials)]
    used, places = np.unique(draws, return_inverse=True)
    gather = orthonormal_columns if orthonormal else grouped_columns
    columns = gather(base, found, used)
    parts = np.split(np.arange(columns.indptr[-1]), columns.indptr[1:-1])
    sets = (np.concatenate([parts[g] for g in row]) for row in places.reshape(n_trials, -1))
    return max(_deviation(columns.rows[chosen]) for chosen in sets)


def _deviation(columns: Array) -> float:
    """Return the largest difference of a squared singular value from 1."""
    n_columns, n_rows = columns.shape
    if not n_columns:
        return 0.0
    wide = n_columns > n_rows
    gram = columns.T @ columns.conj() if wide else columns @ columns.conj().T
    values = np.linalg.eigvalsh(gram)
    smallest = 0.0 if wide else float(values[0])
    return max(0.0, float(values[-1]) - 1, 1 - smallest)
