"""The members of groups as compressed rows, from sizes, labels or lists."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from ..arrays import IntArray, as_plain_array
from ..checks import as_list


def members_by_size(sizes: ArrayLike) -> tuple[IntArray, IntArray]:
    """Return `indptr` and `indices` of groups of consecutive coefficients."""
    lengths = as_plain_array(sizes, "sizes")
    if lengths.dtype.kind not in "iu":
        raise ValueError(f"sizes must be integers, got dtype {lengths.dtype}")
    indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.intp)
    return indptr, np.arange(indptr[-1])


def members_by_label(labels: ArrayLike) -> tuple[IntArray, IntArray, int]:
    """Return `indptr`, `indices` and the number of coefficients, labelled 0, 1, ... or -1."""
    label = as_plain_array(labels, "groups").ravel()
    if label.dtype.kind not in "iu":
        raise ValueError(
            f"groups: labels must be integers 0, 1, 2, ..., got dtype {label.dtype}; "
            "pandas.factorize(labels)[0] converts names to integers"
        )
    if label.size == 0 or label.min() < -1:
        raise ValueError("groups: labels must be -1 (unpenalised) or 0, 1, 2, ...")
    members = label[label >= 0]
    # A label that is larger than the number of features leaves a gap, and could fill the memory.
    sizes = np.bincount(members.astype(np.intp)) if label.max() < label.size else np.zeros(1)
    if not sizes.all():
        raise ValueError(_describe_gap(label))
    order = np.argsort(label, kind="stable")
    indptr = np.concatenate([[0], np.cumsum(sizes)]).astype(np.intp)
    return indptr, order[label.size - members.size :], label.size


def _describe_gap(label: IntArray) -> str:
    """Return which label is missing, and how to number labels without gaps."""
    found = np.unique(label[label >= 0])
    missing = int(np.flatnonzero(found != np.arange(found.size))[0])
    numbers = "np.unique(labels, return_inverse=True)[1]"
    if label.min() < 0:
        numbers = f"{numbers} - 1"  # the first one found is -1
    return (
        "groups: labels must be 0, 1, 2, ... without gaps, or -1 (unpenalised); "
        f"label {missing} is missing, the largest is {found[-1]}; "
        f"{numbers} numbers them without gaps"
    )


def members_by_list(lists: Sequence[ArrayLike]) -> tuple[IntArray, IntArray]:
    """Return `indptr` and `indices` of groups that are given by their members."""
    arrays = [
        as_plain_array(members, "groups").ravel()
        for members in as_list("groups", lists, "index arrays")
    ]
    for number, members in enumerate(arrays):
        if members.size == 0:
            raise ValueError(f"groups: group {number} is empty")
        if members.dtype.kind not in "iu":
            raise ValueError(
                f"groups: group {number} must hold integer indices, got dtype {members.dtype}"
            )
        if np.unique(members).size != members.size:
            raise ValueError(f"groups: group {number} names a coefficient twice")
    indptr = np.cumsum([0, *(members.size for members in arrays)]).astype(np.intp)
    return indptr, np.concatenate(arrays).astype(np.intp) if arrays else np.empty(0, np.intp)
