"""Hand out samples with classes in the forms that scikit-learn's loaders have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ...toolkit.arrays import Array, IntArray
from ...toolkit.checks import check_choice, check_flag
from .balance import oversampled


class Labelled(NamedTuple):
    """Samples with classes, and what all of it is called.

    Attributes
    ----------
    data : ndarray of float64, shape (n_samples, n_features)
        The samples.
    target : ndarray of integers, shape (n_samples,)
        Positions in `target_names`.
    feature_names : ndarray of str, shape (n_features,)
        The names of the columns.
    target_names : ndarray of str, shape (n_classes,)
        The names of the classes.
    description : str
        What the data are and whom to cite.
    """

    data: Array
    target: IntArray
    feature_names: Array
    target_names: Array
    description: str


@dataclass(frozen=True)
class Delivery:
    """What a caller wants to get; checked at once, before any file is read.

    Attributes
    ----------
    return_X_y : bool
        Whether ``(data, target)`` instead of a `Bunch`.
    as_frame : bool
        Whether pandas objects instead of arrays.
    balance : {None, "oversample"}
        Whether samples are repeated until all classes are equally large.
    random_state : int, Generator or None
        Seed of the balancing.

    Raises
    ------
    ValueError
        If a flag is none, or the balance is another.

    Examples
    --------
    >>> names = np.array(["height", "width"]), np.array(["oak", "elm"])
    >>> trees = Labelled(np.eye(3, 2), np.array([0, 0, 1]), *names, "Three trees.")
    >>> bunch = Delivery(balance="oversample").of(trees)
    >>> bunch.target, bunch.sample_indices
    (array([0, 0, 1, 1]), array([0, 1, 2, 2]))
    """

    return_X_y: bool = False  # noqa: N815
    as_frame: bool = False
    balance: str | None = None
    random_state: int | np.random.Generator | None = None

    def __post_init__(self) -> None:
        check_flag("return_X_y", self.return_X_y)
        check_flag("as_frame", self.as_frame)
        check_choice("balance", self.balance, (None, "oversample"))

    def of(self, labelled: Labelled) -> Any:
        """Return the data in the form that was asked for.

        Parameters
        ----------
        labelled : Labelled
            All there is.

        Returns
        -------
        Bunch or tuple
            With `data`, `target`, `frame`, `feature_names`, `target_names`,
            `sample_indices` and `DESCR`; or only ``(data, target)``.
        """
        from sklearn.utils import Bunch

        indices = np.arange(labelled.target.size)
        if self.balance is not None:
            indices = oversampled(labelled.target, self.random_state)
        data: Any = labelled.data[indices]
        target: Any = labelled.target[indices]
        frame = None
        if self.as_frame:
            frame = _frame(data, target, labelled.feature_names)
            data, target = frame[labelled.feature_names], frame["target"]
        if self.return_X_y:
            return data, target
        return Bunch(
            data=data,
            target=target,
            frame=frame,
            feature_names=labelled.feature_names,
            target_names=labelled.target_names,
            sample_indices=indices,
            DESCR=labelled.description,
        )


def _frame(data: Array, target: IntArray, names: Array) -> Any:
    """Return features and target side by side, in memory of their own."""
    import pandas as pd

    features = pd.DataFrame(data, columns=names)
    return pd.concat([features, pd.DataFrame({"target": target})], axis=1)
