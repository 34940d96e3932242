"""The number of active rows that exact data of known rank determine.

Of exact data ``Y = A X`` with X of rank r, X is the one solution with the fewest
rows if their number is less than ``(spark(A) - 1 + r) / 2`` (Chen and Huo,
"Theoretical results on sparse representations of multiple-measurement vectors",
2006; Davies and Eldar, "Rank awareness in joint sparse recovery", 2012, theorem
2). The limit is sharp: with as many rows, for some X of rank r another solution has as few.
Petrosyan, Pieper and Tran, theorem 3.2, allow equality; in their example 1, with 2 rows,
rank 2 and spark 3, a second matrix with 2 rows has the same data.
"""

from __future__ import annotations

from math import ceil, prod

from ..checks import check_count
from ..operators import OperatorLike
from ..problem import Problem
from .circuits import MAX_SUBSETS
from .coherence import mutual_coherence
from .dependence import spark
from .grouped_columns import features_and_groups

_ROUNDING = 1e-9  # of a bound that is a whole number
_LEAST_COHERENCE = 1e-16


def uniqueness_bound(
    matrix: OperatorLike | Problem, *, rank: int = 1, max_subsets: int = MAX_SUBSETS
) -> int:
    """Return the largest number of active rows for which a solution of this rank is unique.

    That is ``s < (spark(A) - 1 + r) / 2``: no other X with at most s rows
    has the same data.

    Parameters
    ----------
    matrix : Problem, Operator, array_like, scipy.sparse matrix or LinearOperator
        A, small: its spark is computed.
    rank : int
        r, the rank of X; 1 for a single vector.
    max_subsets : int
        As for `spark`.

    Returns
    -------
    int
        s, the number of columns if all are independent. A number below `rank`
        says that there is no such X, since s rows have at most rank s.

    Raises
    ------
    ValueError
        If `rank` is not from 1 to the number of columns, or the spark cannot
        be found.

    Examples
    --------
    >>> matrix = [[1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 0.0, 1.0], [0.0, 0.0, 1.0, 1.0]]
    >>> uniqueness_bound(matrix, rank=1), uniqueness_bound(matrix, rank=2)
    (1, 2)
    """
    n_features = _count_features(matrix, rank)
    smallest = spark(matrix, max_subsets=max_subsets)
    return n_features if smallest > n_features else (smallest - 2 + rank) // 2


def coherence_bound(matrix: OperatorLike | Problem, *, rank: int = 1) -> int:
    """Return the largest sparsity for which the mutual coherence guarantees uniqueness.

    The same as `uniqueness_bound` with ``spark >= 1 + 1 / mu``: weaker, and as cheap as
    the mutual coherence. With L = 1 it is also the number of active rows that
    orthogonal matching pursuit and the l1 norm are certain to find.

    Parameters
    ----------
    matrix : Problem, Operator, array_like, scipy.sparse matrix or LinearOperator
        Real or complex.
    rank : int
        L, the rank of the data.

    Returns
    -------
    int
        k, at most the number of columns.

    Raises
    ------
    ValueError
        If `rank` is not from 1 to the number of columns.

    Examples
    --------
    >>> import scipy.linalg
    >>> from numpy import eye, hstack
    >>> from scipy.linalg import hadamard
    >>> matrix = hstack([eye(16), hadamard(16)])
    >>> coherence_bound(matrix), coherence_bound(matrix, rank=4)
    (2, 3)
    """
    n_features = _count_features(matrix, rank)
    bound = (1 / max(mutual_coherence(matrix), _LEAST_COHERENCE) + rank) / 2
    return min(n_features, ceil(bound - _ROUNDING) - 1)


def _count_features(matrix: OperatorLike | Problem, rank: int) -> int:
    """Return the number of columns; a `ValueError` if the rank exceeds it."""
    n_features = prod(features_and_groups(matrix, None)[0].domain_shape)
    check_count("rank", rank, most=n_features)
    return n_features
