"""Folds of a cross-validation in which no group of samples is on both sides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

from ...toolkit.arrays import Array, IntArray
from ...toolkit.checks import check_count
from ...toolkit.randomness import RandomState, check_random_state, make_generator


class Fold(NamedTuple):
    """The numbers of the samples to fit and to predict; `repeat` counts the divisions."""

    repeat: int
    train: IntArray
    test: IntArray


@dataclass(frozen=True)
class CrossValidation:
    """Settings of a repeated, stratified cross-validation.

    Attributes
    ----------
    n_splits : int, default 5
        The number of folds; fewer if a class has fewer samples (or groups).
    n_repeats : int, default 1
        How often the samples are divided.
    random_state : int, Generator, RandomState or None
        Determines the folds.

    Examples
    --------
    >>> folds = CrossValidation(n_splits=2).divide(np.array([0, 0, 1, 1]))
    >>> [fold.test.size for fold in folds]
    [2, 2]
    """

    n_splits: int = 5
    n_repeats: int = 1
    random_state: RandomState = 0

    def __post_init__(self) -> None:
        check_random_state(self.random_state)

    def divide(self, y: Array, groups: Array | None = None) -> list[Fold]:
        """Return the folds of every repeat, with classes spread evenly and groups kept together."""
        check_count("n_repeats", self.n_repeats)
        n_folds = count_folds(y, groups, self.n_splits)
        generator = make_generator(self.random_state)
        folding = StratifiedKFold if groups is None else StratifiedGroupKFold
        folds = []
        for repeat in range(self.n_repeats):
            seed = int(generator.integers(2**31))
            splitter = folding(n_folds, shuffle=True, random_state=seed)
            for train, test in splitter.split(y, y, groups):
                if test.size:  # groups of very different sizes may leave a fold empty
                    folds.append(Fold(repeat, train, test))
        return folds


def count_folds(y: Array, groups: Array | None, n_splits: int) -> int:
    """Return `n_splits`, or the number of samples (or groups) of the smallest class if it is less.

    >>> count_folds(np.array([0, 0, 0, 1, 1, 1]), None, 5)
    3
    """
    classes = np.unique(y)
    if classes.size < 2:
        raise ValueError(f"y must have at least two classes, got only {classes[0]!s}")
    check_count("n_splits", n_splits, least=2)
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
