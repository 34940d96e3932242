"""Joint-sparse selection: the few features that predict several responses, or classes.

``min ||Y - X Z||_F`` over Z with few non-zero rows: joint-sparse regression. Each class becomes
a column, 1 for its samples and 0 for the others, centred and divided by the root of
its size, so that every class has the same weight whatever its number of samples.
"""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_array, check_consistent_length

from ...arrays import Array, refuse_masked
from ...execution.caller import warn_caller
from ...magnitudes import check_values
from .response import find_response
from .subset_selector import SubsetSelector


@dataclass(eq=False, repr=False)
class JointSparseSelector(SubsetSelector):
    """Select the features that best predict classes or responses by least squares.

    Parameters
    ----------
    n_features_to_select, tol, method, polish, standardize, n_resamples, random_state
        As for `ColumnSubsetSelector`; `tol` is in units of y (for classes, of their
        scaled columns), and responses are divided by their deviations with `standardize`.
    n_jobs, verbose
        As for `ColumnSubsetSelector`.
    response : {"auto", "classes", "numbers"}, default "auto"
        What y holds. "auto" takes text and whole numbers for classes, as scikit-learn's
        `type_of_target` does, but numbers more than half of which differ for numbers; with more
        than ten different whole numbers there is a warning that says which it was.

    Attributes
    ----------
    response_ : {"classes", "numbers"}
        What y was taken for.
    classes_ : ndarray
        The classes; only if y holds classes.
    coef_ : ndarray of float, shape (n_selected, n_targets)
        Predicts the centred targets from the centred selected features. There is a target for
        each response or class.
    selected_, ranking_, scores_, errors_, reconstruction_error_, selection_frequency_
        As for `ColumnSubsetSelector`, of the targets.
    mean_, scale_, n_features_in_, feature_names_in_
        As for `ColumnSubsetSelector`.

    See Also
    --------
    ColumnSubsetSelector : Selects features that represent all others, without labels.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> X, y = load_iris(return_X_y=True, as_frame=True)
    >>> JointSparseSelector(2, standardize=True).fit(X, y).get_feature_names_out()
    array(['sepal width (cm)', 'petal width (cm)'], dtype=object)
    """

    _: KW_ONLY
    response: str = "auto"

    def fit(self, X: ArrayLike, y: ArrayLike | None) -> Self:
        """Select features.

        Parameters
        ----------
        X : array_like or DataFrame, shape (n_samples, n_features)
            Real; at least two samples.
        y : array_like, shape (n_samples,) or (n_samples, n_targets)
            Class labels, or responses.

        Returns
        -------
        JointSparseSelector
            Itself.

        Raises
        ------
        ValueError
            If X or y are not finite, their shapes do not fit, they are constant, or a
            parameter is out of its range.
        """
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None"
            )
        check_consistent_length(X, y)
        return self._fit(X, y)

    def _make_targets(self, y: ArrayLike | None) -> Array:
        self.__dict__.pop("classes_", None)
        assert y is not None
        found = find_response(y, self.response)
        self.response_ = found.kind
        if found.doubt:
            warn_caller(f'{found.doubt}; say response="classes" or response="numbers"')
        if found.kind == "classes":
            return self._make_indicators(np.asarray(y).ravel())
        refuse_masked(y, "y")
        responses = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")
        responses = responses.reshape(len(responses), -1)
        check_values(responses, "y")
        centred: Array = responses - responses.mean(axis=0)
        if not np.ptp(responses, axis=0).any():
            raise ValueError("y must not be constant")
        if self.standardize:
            deviation = centred.std(axis=0)
            centred /= np.where(np.ptp(responses, axis=0) > 0, deviation, 1)
        return centred

    def _make_indicators(self, labels: Array) -> Array:
        """Return a centred column for each class, scaled by its size."""
        self.classes_, counts = np.unique(labels, return_counts=True)
        if self.classes_.size < 2:
            raise ValueError(
                f"y must hold at least two classes, got one class: {self.classes_.tolist()[0]!r}"
            )
        members = (labels[:, None] == self.classes_).astype(np.float64)
        indicators: Array = (members - members.mean(axis=0)) / np.sqrt(counts)
        return indicators

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        return tags
