"""Samples with classes in the forms that scikit-learn's loaders return."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from ...toolkit.arrays import Array, IntArray
from ...toolkit.checks import check_choice, check_flag
from ...toolkit.randomness import RandomState, check_random_state, make_generator


class LabelledSamples(NamedTuple):
    """Samples with classes, their names and a description.

    `data` has shape (n_samples, n_features); `target` holds positions in `target_names`.
    """

    data: Array
    target: IntArray
    feature_names: Array
    target_names: Array
    description: str


@dataclass(frozen=True)
class LoaderOptions:
    """The form in which a loader returns its data; checked at once, before any file is read.

    The fields have the meaning of the arguments of `load_wisconsin`.

    >>> names = np.array(["height", "width"]), np.array(["oak", "elm"])
    >>> trees = LabelledSamples(np.eye(3, 2), np.array([0, 0, 1]), *names, "Three trees.")
    >>> bunch = LoaderOptions(balance="oversample").arrange(trees)
    >>> bunch.target, bunch.sample_indices
    (array([0, 0, 1, 1]), array([0, 1, 2, 2]))
    """

    return_X_y: bool = False  # noqa: N815
    as_frame: bool = False
    balance: str | None = None
    random_state: RandomState = None

    def __post_init__(self) -> None:
        check_flag("return_X_y", self.return_X_y)
        check_random_state(self.random_state)
        check_flag("as_frame", self.as_frame)
        check_choice("balance", self.balance, (None, "oversample"))

    def arrange(self, samples: LabelledSamples) -> Any:
        """Return the samples as a `Bunch`, or as the tuple ``(data, target)``."""
        from sklearn.utils import Bunch

        indices = np.arange(samples.target.size)
        if self.balance is not None:
            indices = oversample(samples.target, self.random_state)
        data: Any = samples.data[indices]
        target: Any = samples.target[indices]
        frame = None
        if self.as_frame:
            frame = _make_frame(data, target, samples.feature_names)
            data, target = frame[samples.feature_names], frame["target"]
        if self.return_X_y:
            return data, target
        return Bunch(
            data=data,
            target=target,
            frame=frame,
            feature_names=samples.feature_names,
            target_names=samples.target_names,
            sample_indices=indices,
            DESCR=samples.description,
        )


def oversample(labels: ArrayLike, random_state: RandomState = None) -> IntArray:
    """Return the positions of samples that make all classes as large as the largest.

    Every sample comes once, in its order; then, class by class, the repeated ones. As far as
    possible nothing is drawn twice: the numbers of occurrences of two samples of one class differ
    by at most one. Petrosyan, Pieper and Tran, section 7.2, count 714 samples of WISCONSIN and 147
    of LUNG_DISCRETE: the number of classes times the size of the largest, 2 * 357 and 7 * 21.

    >>> indices = oversample(["a", "a", "a", "a", "a", "b", "b"], random_state=0)
    >>> indices[:7], np.bincount(indices)[:5], sorted(np.bincount(indices)[5:])
    (array([0, 1, 2, 3, 4, 5, 6]), array([1, 1, 1, 1, 1]), [np.int64(2), np.int64(3)])
    """
    values = np.asarray(labels)
    rng = make_generator(random_state)
    classes, counts = np.unique(values, return_counts=True)
    parts = [np.arange(values.size)]
    for label in classes:
        members = np.flatnonzero(values == label)
        copies, more = divmod(int(counts.max()), members.size)
        parts.append(np.repeat(members, copies - 1))
        parts.append(np.sort(rng.choice(members, more, replace=False)))
    return np.concatenate(parts).astype(np.intp)


def _make_frame(data: Array, target: IntArray, names: Array) -> Any:
    """Return a copy of features and target side by side."""
    import pandas as pd

    features = pd.DataFrame(data, columns=names)
    return pd.concat([features, pd.DataFrame({"target": target})], axis=1)
