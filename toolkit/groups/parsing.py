"""Groups of features from a block size, labels or lists, as users pass them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import as_plain_array
from .groups import AcrossAxis, Groups

GroupsLike: TypeAlias = Groups | AcrossAxis | int | ArrayLike | Sequence[ArrayLike] | None


def make_groups(spec: GroupsLike, n_features: int) -> Groups:
    """Return the groups of features that a user describes.

    Parameters
    ----------
    spec : Groups, int, array_like or sequence of array_like, optional
        An int is a block size, an integer array of length `n_features` holds
        labels (-1 = unpenalised), a sequence of index arrays is explicit, and
        None makes every feature a group of its own.
    n_features : int
        The number of features.

    Returns
    -------
    Groups
        A grouping of the features.

    Raises
    ------
    ValueError
        If it does not describe a grouping of `n_features` features.

    Examples
    --------
    >>> make_groups(None, 3).n_groups
    3
    """
    if spec is None:
        return Groups.blocks(1, n_features)
    if isinstance(spec, Groups):
        groups = spec
    elif isinstance(spec, int | np.integer) and not isinstance(spec, bool):
        groups = Groups.blocks(int(spec), n_features)
    elif hasattr(spec, "__array__") or (
        isinstance(spec, Sequence)
        and not isinstance(spec, str)
        and len(spec)
        and all(np.isscalar(item) for item in spec)
    ):
        groups = Groups.from_labels(as_plain_array(spec, "groups"))
    elif isinstance(spec, Sequence) and not isinstance(spec, str):
        groups = Groups.from_lists(spec, n_features)
    else:
        raise ValueError(
            "groups must be a block size, an array of labels, a list of index arrays or Groups, "
            f"got {type(spec).__name__}"
        )
    if groups.n_coefs != n_features:
        raise ValueError(
            f"groups must be of {n_features} features, got a grouping of {groups.n_coefs}"
        )
    return groups
