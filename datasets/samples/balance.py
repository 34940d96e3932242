"""Bring every class to the size of the largest by repeating samples.

The experiments of Petrosyan, Pieper and Tran, section 7.2, count 714 samples of WISCONSIN and 147
of LUNG_DISCRETE, which is the number of classes times the size of the largest: 2 * 357 and 7 * 21.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ...toolkit.arrays import IntArray


def oversampled(
    labels: ArrayLike, random_state: int | np.random.Generator | None = None
) -> IntArray:
    """Return the samples that make all classes as large as the largest.

    Every sample comes once, in its order; then, class by class, the repeated
    ones. As far as possible nothing is drawn twice: how often two samples of
    one class occur differs by at most one.

    Parameters
    ----------
    labels : array-like, shape (n_samples,)
        The class of each sample.
    random_state : int, Generator or None
        Seed of the choice which samples occur once more than others.

    Returns
    -------
    ndarray of intp, shape (n_classes * size of the largest class,)
        Positions in `labels`.

    Examples
    --------
    >>> indices = oversampled(["a", "a", "a", "a", "a", "b", "b"], random_state=0)
    >>> indices[:7], np.bincount(indices)[:5], sorted(np.bincount(indices)[5:])
    (array([0, 1, 2, 3, 4, 5, 6]), array([1, 1, 1, 1, 1]), [np.int64(2), np.int64(3)])
    """
    values = np.asarray(labels)
    rng = np.random.default_rng(random_state)
    classes, counts = np.unique(values, return_counts=True)
    parts = [np.arange(values.size)]
    for label in classes:
        members = np.flatnonzero(values == label)
        copies, more = divmod(int(counts.max()), members.size)
        parts.append(np.repeat(members, copies - 1))
        parts.append(np.sort(rng.choice(members, more, replace=False)))
    return np.concatenate(parts).astype(np.intp)
