"""Column subset selection: the few features from which all others can be reconstructed.

``min ||X - X Z||_F`` over Z with few non-zero rows, the joint-sparsity problem whose data
are its own matrix (Petrosyan, Pieper and Tran, 2023, section 7.2). No labels are needed.
Unlike principal components, the result is a subset of the measured features.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_array, check_is_fitted

from ...arrays import Array
from ..features import prepare_features
from .subset_selector import SubsetSelector


@dataclass(eq=False, repr=False)
class ColumnSubsetSelector(SubsetSelector):
    """Select the features that best reconstruct all features by least squares.

    Parameters
    ----------
    n_features_to_select : int or float, optional
        The number of features, or their share. By default as many as `tol` needs, or
        without it half of them, but at most ten. Never more than are linearly
        independent once centred: then there is a warning.
    tol : float, optional
        Select as few features as have at most this root-mean-square error over
        all entries of X: in units of X, or of standard deviations if standardised.
    method : str or solver, default "search"
        "search" exchanges features over several sizes and is the best; "swaps" exchanges
        them at one size; "forward" adds one by one. "ow" (orthogonally weighted l2,1),
        "l21", "ra-ormp", "sa-music", "sniht" and "somp" are methods of joint sparsity;
        "pivoted-qr", "leverage" and "farthest-point" use the columns alone. Or any
        solver with a field `n_groups` or `noise_level`.
    polish : bool, default False
        Whether to exchange features afterwards while that lowers the error.
    standardize : bool, default False
        Whether to divide features by their standard deviations, so that all count equally.
    n_resamples : int, default 0
        The number of random halves of the samples on which to repeat the selection, for
        `selection_frequency_`.
    random_state : int, Generator, RandomState or None, optional
        Determines the halves.
    n_jobs : int, optional
        The number of halves at once: one by default, -1 for one per core.
    verbose : int, default 0
        The level at which joblib reports progress.

    Attributes
    ----------
    selected_ : ndarray of int, shape (n_selected,)
        The selected features, the most important first.
    ranking_ : ndarray of int, shape (n_features,)
        1 for the most important feature and so on; those not selected follow, first the one
        that would lower the error most.
    scores_ : ndarray of float, shape (n_features,)
        The norm of each feature's coefficients, in the units in which it was selected; zero
        for those not selected.
    coef_ : ndarray of float, shape (n_selected, n_features)
        ``X - mean_`` is approximately ``(X - mean_)[:, selected_] @ coef_``.
    errors_ : ndarray of float, shape (n_selected,)
        The root-mean-square error of the first 1, 2, ... features of `selected_`.
    reconstruction_error_ : float
        The root-mean-square error of all selected features.
    selection_frequency_ : ndarray of float, shape (n_features,)
        The share of halves on which each feature is selected; with `n_resamples`.
    mean_, scale_ : ndarray of float, shape (n_features,)
        The means and the divisors of the features.
    n_features_in_ : int
        Features seen in `fit`.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Their names, if X has only names that are strings.

    See Also
    --------
    JointSparseSelector : Selects features that predict classes or responses.

    References
    ----------
    A. Petrosyan, K. Pieper and H. Tran, Orthogonally weighted l2,1 regularization for
    rank-aware joint sparse recovery (2023), section 7.2.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.datasets import load_breast_cancer
    >>> X = load_breast_cancer(as_frame=True).data
    >>> selector = ColumnSubsetSelector(3, standardize=True).set_output(transform="pandas")
    >>> list(selector.fit_transform(X).columns)
    ['mean compactness', 'radius error', 'worst perimeter']
    >>> round(selector.reconstruction_error_, 4)
    0.5847
    """

    def fit(self, X: ArrayLike, y: object = None) -> Self:
        """Select features.

        Parameters
        ----------
        X : array_like or DataFrame, shape (n_samples, n_features)
            Real; at least two samples.
        y : object
            Not used.

        Returns
        -------
        ColumnSubsetSelector
            Itself.

        Raises
        ------
        ValueError
            If X is not finite, has no feature that varies, or fewer than two samples; or
            if a parameter is out of its range.
        """
        return self._fit(X, None)

    def reconstruct(self, X: ArrayLike) -> Array:
        """Return all features from the selected ones.

        Parameters
        ----------
        X : array_like, shape (n_samples, n_selected)
            Selected features, as `transform` returns them.

        Returns
        -------
        ndarray of float, shape (n_samples, n_features)
            Selected features are returned unchanged, up to rounding.

        Raises
        ------
        ValueError
            If X has another number of columns.
        NotFittedError
            Before `fit`.

        Examples
        --------
        >>> X = np.array([[0.0, 1.0], [1.0, 3.0], [2.0, 5.0]])
        >>> selector = ColumnSubsetSelector(1).fit(X)
        >>> selector.reconstruct(selector.transform(X)).round(6)
        array([[0., 1.],
               [1., 3.],
               [2., 5.]])
        """
        check_is_fitted(self)
        kept = np.sort(self.selected_)
        array = check_array(prepare_features(X), dtype=[np.float64, np.float32])
        if array.shape[1] != kept.size:
            raise ValueError(
                f"X must have the {kept.size} selected features, got {array.shape[1]} columns"
            )
        places = np.argsort(self.selected_, kind="stable")
        result: Array = self.mean_ + (array - self.mean_[kept]) @ self.coef_[places]
        return result

    def _make_targets(self, y: ArrayLike | None) -> None:
        return None
