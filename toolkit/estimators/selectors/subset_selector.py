"""Base class of selectors of a few features: settings, checks and fitted attributes."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import KW_ONLY, dataclass
from numbers import Integral, Real
from typing import Self

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from ...arrays import Array, IntArray
from ...checks import check_count, check_flag, check_not_negative
from ...execution.caller import warn_caller
from ...execution.parallel import run_parallel
from ...magnitudes import check_values
from ...operators.matrix import find_constant_limit
from ...randomness import RandomState, draw_entropy
from ...subsets.methods import MethodLike, as_method
from ..feature_lists import list_features
from ..features import prepare_features
from ..random_halves import draw_halves
from .feature_choice import CONSTANT, FeatureChoice

_DEFAULT_MOST = 10


@dataclass(eq=False, repr=False)
class SubsetSelector(SelectorMixin, BaseEstimator):
    """Selects features by least squares; a subclass gives the targets."""

    n_features_to_select: int | float | None = None
    _: KW_ONLY
    tol: float | None = None
    method: MethodLike = "search"
    polish: bool = False
    standardize: bool = False
    n_resamples: int = 0
    random_state: RandomState = None
    n_jobs: int | None = None
    verbose: int = 0

    @abstractmethod
    def _make_targets(self, y: ArrayLike | None) -> Array | None:
        """Return centred targets, shape (n_samples, n_targets), or None for the features."""

    def _fit(self, X: ArrayLike, y: ArrayLike | None) -> Self:
        """Choose features of checked data."""
        self._check_parameters()
        data = self._check_features(X)
        targets = self._make_targets(y)
        choice = FeatureChoice(self._centre(data), targets, self.method, self.polish)
        if not choice.rank:
            raise ValueError("X must have a feature that is not constant, got none")
        self.selected_ = self._select(choice, self._find_most(choice))
        self._publish(choice, targets)
        if self.n_resamples:
            self.selection_frequency_ = self._count_frequencies(choice, self.selected_.size)
        else:
            self.__dict__.pop("selection_frequency_", None)
        return self

    def _check_parameters(self) -> None:
        n = self.n_features_to_select
        is_count = isinstance(n, Integral) and not isinstance(n, bool) and int(n) >= 1
        is_share = isinstance(n, Real) and not isinstance(n, Integral) and 0 < float(n) <= 1
        if n is not None and not is_count and not is_share:
            raise ValueError(
                "n_features_to_select must be an integer of at least 1, a share of the features "
                f"above 0 and at most 1, or None, got {n!r}"
            )
        if self.tol is not None:
            check_not_negative("tol", self.tol)
        as_method(self.method)
        check_flag("polish", self.polish)
        check_flag("standardize", self.standardize)
        check_count("n_resamples", self.n_resamples, least=0)

    def _check_features(self, X: ArrayLike) -> Array:
        """Return the features; an error names those that are not finite."""
        array = validate_data(
            self,
            prepare_features(X),
            dtype=[np.float64, np.float32],
            ensure_all_finite=False,
            ensure_min_samples=2,
        )
        finite = np.isfinite(array)
        if not finite.all():
            which = np.flatnonzero(~finite.all(axis=0))
            what = "NaN" if np.isnan(array).any() else "infinity"
            raise ValueError(
                f"X must be finite, got {what} in {self._list_features(which)}: "
                "impute the missing values, or leave these features out"
            )
        check_values(array, "X")
        result: Array = array
        return result

    def _centre(self, data: Array) -> Array:
        """Return features less their means, in double precision; standardised if so asked."""
        self.mean_ = data.mean(axis=0, dtype=np.float64)
        centred: Array = data - self.mean_
        deviation = np.sqrt(np.mean(centred**2, axis=0))
        size = np.hypot(deviation, self.mean_)
        is_constant = deviation <= find_constant_limit(data.dtype) * size
        if is_constant.any() and not is_constant.all():
            names = self._list_features(np.flatnonzero(is_constant))
            warn_caller(f"constant, and therefore never selected: {names}")
        self.scale_ = np.ones_like(deviation)
        if self.standardize:
            self.scale_[~is_constant] = deviation[~is_constant]
        centred[:, is_constant] = 0
        centred /= self.scale_
        return centred

    def _find_most(self, choice: FeatureChoice) -> int:
        """Return how many features to select at most; warn where the rank limits them."""
        n, n_features = self.n_features_to_select, choice.columns.shape[1]
        if n is None:
            default = max(1, min(_DEFAULT_MOST, n_features // 2))
            return choice.rank if self.tol is not None else min(default, choice.rank)
        if isinstance(n, Integral):
            wanted = int(n)
            if wanted > n_features:
                raise ValueError(
                    f"n_features_to_select must be at most {n_features}, the number of features, "
                    f"got {n!r}"
                )
        else:
            wanted = max(1, int(n * n_features))
        if wanted > choice.rank and self.tol is None:
            warn_caller(
                f"n_features_to_select is {wanted}, but only {choice.rank} features are linearly "
                f"independent once centred, and reproduce all others: {choice.rank} are selected"
            )
        return min(wanted, choice.rank)

    def _select(self, choice: FeatureChoice, most: int) -> IntArray:
        """Return the selected features, the most important first."""
        if self.tol is None:
            order = choice.choose(most)
            if order.size < most:
                warn_caller(
                    f"only {order.size} of {most} features are selected: beside them the method "
                    "finds none that lowers the error by more than rounding"
                )
        else:
            tol = float(self.tol)
            order = choice.choose_within(tol, most)
            error = float(choice.compute_errors(order)[-1])
            if error > tol and error > CONSTANT * float(choice.compute_errors(order)[0]):
                warn_caller(
                    f"tol is {tol:g}, but the error of {order.size} features is {error:.4g}"
                )
        return order

    def _publish(self, choice: FeatureChoice, targets: Array | None) -> None:
        """Set the fitted attributes of the selected features."""
        order = self.selected_
        n_features = choice.columns.shape[1]
        self.errors_ = choice.compute_errors(order)[1:]
        self.reconstruction_error_ = float(choice.compute_errors(order)[-1])
        basis, triangle = scipy.linalg.qr(
            choice.columns[:, order], mode="economic", check_finite=False
        )
        coef = scipy.linalg.solve_triangular(
            triangle, basis.T @ choice.explained, check_finite=False
        )
        self.scores_ = np.zeros(n_features)
        self.scores_[order] = np.linalg.norm(coef, axis=1)
        units = self.scale_ if targets is None else np.ones(targets.shape[1])
        self.coef_ = coef * units / self.scale_[order, None]
        self.ranking_ = np.empty(n_features, dtype=np.intp)
        self.ranking_[np.append(order, choice.sort_others(order))] = np.arange(1, n_features + 1)

    def _count_frequencies(self, choice: FeatureChoice, n: int) -> Array:
        """Return the share of random halves of the samples on which each feature is chosen."""
        entropy, n_samples = draw_entropy(self.random_state), len(choice.columns)
        if n_samples < 4:
            raise ValueError(
                f"resampling (n_resamples) needs at least 4 samples in X, got {n_samples}"
            )
        halves = (draw_halves(n_samples, entropy, k)[0] for k in range(self.n_resamples))
        tasks = [(choice, rows, n, self.standardize) for rows in halves]
        counts = np.zeros(choice.columns.shape[1])
        for chosen in run_parallel(
            _choose_on_part, tasks, n_jobs=self.n_jobs, verbose=self.verbose
        ):
            counts[chosen] += 1
        return counts / self.n_resamples

    def _list_features(self, which: IntArray) -> str:
        return list_features(getattr(self, "feature_names_in_", None), which)

    def get_support(self, indices: bool = False, *, ordered: bool = False) -> Array:
        """Return which features are selected.

        Parameters
        ----------
        indices : bool, default False
            Whether to return their numbers in place of a mask.
        ordered : bool, default False
            Whether to return their numbers with the most important first.

        Returns
        -------
        ndarray of bool, shape (n_features,), or of int, shape (n_selected,)
            The mask or the numbers.

        Raises
        ------
        NotFittedError
            Before `fit`.
        """
        if ordered:
            check_is_fitted(self)
            return self.selected_.copy()
        result: Array = super().get_support(indices)
        return result

    def _get_support_mask(self) -> Array:
        check_is_fitted(self)
        mask = np.zeros(self.n_features_in_, dtype=bool)
        mask[self.selected_] = True
        return mask


def _choose_on_part(choice: FeatureChoice, rows: IntArray, n: int, standardize: bool) -> IntArray:
    """Return the features that are chosen on some of the samples."""
    part = choice.select(rows, standardize=standardize)
    if not part.rank or (part.targets is not None and not part.explained.any()):
        return np.empty(0, dtype=np.intp)
    return part.choose(n)
