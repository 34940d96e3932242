"""Dividing samples so that no group of them is on both sides of a fold."""

from __future__ import annotations

from numbers import Integral
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from ...toolkit.arrays import Array, IntArray


class Fold(NamedTuple):
    """Which samples are fitted, and which are predicted.

    Attributes
    ----------
    repeat : int
        Counts the divisions of all samples.
    train, test : ndarray of int
        Numbers of samples.
    """

    repeat: int
    train: IntArray
    test: IntArray


def number_of_folds(y: Array, groups: Array | None, n_splits: int) -> int:
    """Return how many folds can have every class on both sides.

    Parameters
    ----------
    y : ndarray, shape (n_samples,)
        The classes.
    groups : ndarray, shape (n_samples,), optional
        Samples of one group stay together.
    n_splits : int
        The number wanted.

    Returns
    -------
    int
        That, or the number of samples (or groups) of the smallest class if it
        is less.

    Raises
    ------
    ValueError
        If there is only one class, or one has only one sample (or group).

    Examples
    --------
    >>> number_of_folds(np.array([0, 0, 0, 1, 1, 1]), None, 5)
    3
    """
    classes = np.unique(y)
    if classes.size < 2:
        raise ValueError(f"y must have at least two classes, got only {classes[0]!s}")
    if not isinstance(n_splits, Integral) or int(n_splits) < 2:
        raise ValueError(f"n_splits must be an integer of at least 2, got {n_splits!r}")
    for label in classes:
        of_class = y == label
        unit = "sample" if groups is None else "group of samples"
        count = of_class.sum() if groups is None else np.unique(groups[of_class]).size
        if count < 2:
            raise ValueError(
                f"y: class {label!s} has only one {unit}, expected at least two: "
                "one to fit and one to predict"
            )
        n_splits = min(n_splits, int(count))
    return n_splits


def divided(
    y: Array,
    groups: Array | None,
    n_folds: int,
    n_repeats: int,
    generator: np.random.Generator,
) -> list[Fold]:
    """Divide the samples so that classes are spread evenly and groups stay together.

    Parameters
    ----------
    y, groups
        As in :func:`number_of_folds`.
    n_folds, n_repeats : int
        How many folds, and how often.
    generator : Generator
        Shuffles.

    Returns
    -------
    list of Fold
        All of the first division, then those of the next.

    Examples
    --------
    >>> folds = divided(np.array([0, 0, 1, 1]), None, 2, 1, np.random.default_rng(0))
    >>> [fold.test.size for fold in folds]
    [2, 2]
    """
    folding = StratifiedKFold if groups is None else StratifiedGroupKFold
    folds = []
    for repeat in range(n_repeats):
        seed = int(generator.integers(2**31))
        splitter = folding(n_folds, shuffle=True, random_state=seed)
        for train, test in splitter.split(y, y, groups):
            if test.size:  # groups of very different sizes may leave a fold empty
                folds.append(Fold(repeat, train, test))
    return folds
