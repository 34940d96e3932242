"""What selectors of a few features have in common: settings, checks, and what is known after."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from dataclasses import KW_ONLY, dataclass
from numbers import Integral, Real
from typing import Any, Self

import numpy as np
import scipy.linalg
from sklearn.base import BaseEstimator
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from ...arrays import Array, IntArray
from ...checks import check_count, check_flag, check_not_negative
from ...execution.parallel import run_parallel
from ...subsets.methods import as_method
from ..random_halves import RandomState, draw_entropy, draw_halves
from .subset_choice import FeatureChoice

_DEFAULT_MOST = 10
_CONSTANT = 1e-12  # of a feature's largest magnitude: less deviation is rounding
_FEW_NAMES = 5


@dataclass(eq=False, repr=False)
class SubsetSelector(SelectorMixin, BaseEstimator):
    """Selects features by least squares; a subclass says what they are to explain."""

    n_features_to_select: int | float | None = None
    _: KW_ONLY
    tol: float | None = None
    method: Any = "search"
    polish: bool = False
    standardize: bool = False
    n_resamples: int = 0
    random_state: RandomState = None
    n_jobs: int | None = None
    verbose: int = 0

    @abstractmethod
    def _targets(self, y: Any) -> Array | None:
        """Return centred targets, shape (n_samples, n_targets), or None for the features."""

    def _fit(self, X: Any, y: Any) -> Self:
        """Choose features of checked data."""
        self._check_parameters()
        data = self._checked_features(X)
        targets = self._targets(y)
        choice = FeatureChoice(self._centred(data), targets)
        if not choice.rank:
            raise ValueError("X must have a feature that is not constant, got none")
        most = self._most(choice)
        self.selected_ = self._chosen(choice, most)
        self._publish(choice, targets)
        if self.n_resamples:
            self.selection_frequency_ = self._frequencies(choice, self.selected_.size)
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

    def _checked_features(self, X: Any) -> Array:
        """Return the features in double precision, or name those that are not finite."""
        array = validate_data(
            self, X, dtype=[np.float64, np.float32], ensure_all_finite=False, ensure_min_samples=2
        )
        finite = np.isfinite(array)
        if not finite.all():
            which = np.flatnonzero(~finite.all(axis=0))
            what = "NaN" if np.isnan(array).any() else "infinity"
            raise ValueError(
                f"X must be finite, got {what} in {_named(self, which)}: "
                "impute the missing values, or leave these features out"
            )
        result: Array = array.astype(np.float64)
        return result

    def _centred(self, data: Array) -> Array:
        """Return features without their mean, and in units of their deviation if so asked."""
        self.mean_ = data.mean(axis=0)
        centred: Array = data - self.mean_
        deviation = np.sqrt(np.mean(centred**2, axis=0))
        is_constant = deviation <= _CONSTANT * np.abs(data).max(axis=0)
        if is_constant.any() and not is_constant.all():
            warnings.warn(
                f"constant, and therefore never selected: "
                f"{_named(self, np.flatnonzero(is_constant))}",
                UserWarning,
                stacklevel=4,
            )
        self.scale_ = np.ones_like(deviation)
        if self.standardize:
            self.scale_[~is_constant] = deviation[~is_constant]
        centred[:, is_constant] = 0
        centred /= self.scale_
        return centred

    def _most(self, choice: FeatureChoice) -> int:
        """Return how many features to select at most; say so where the rank allows no more."""
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
            warnings.warn(
                f"n_features_to_select is {wanted}, but only {choice.rank} features are linearly "
                f"independent once centred, and reproduce all others: {choice.rank} are selected",
                UserWarning,
                stacklevel=4,
            )
        return min(wanted, choice.rank)

    def _chosen(self, choice: FeatureChoice, most: int) -> IntArray:
        """Return the selected features, the most important first."""
        if self.tol is None:
            order = choice.of_size(most, self.method, polish=self.polish)
            if order.size < most:
                warnings.warn(
                    f"only {order.size} of {most} features are selected: beside them the method "
                    "finds none that lessens the error by more than rounding",
                    UserWarning,
                    stacklevel=4,
                )
        else:
            tol = float(self.tol)
            order = choice.within(tol, most, self.method, polish=self.polish)
            error = float(choice.errors(order)[-1])
            if error > tol and error > _CONSTANT * float(choice.errors(order)[0]):
                warnings.warn(
                    f"tol is {tol:g}, but the error of {order.size} features is {error:.4g}",
                    UserWarning,
                    stacklevel=4,
                )
        return order

    def _publish(self, choice: FeatureChoice, targets: Array | None) -> None:
        """Set what is known of the selected features."""
        order = self.selected_
        n_features = choice.columns.shape[1]
        self.errors_ = choice.errors(order)[1:]
        self.reconstruction_error_ = float(choice.errors(order)[-1])
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
        self.ranking_[np.append(order, choice.next_best(order))] = np.arange(1, n_features + 1)

    def _frequencies(self, choice: FeatureChoice, n: int) -> Array:
        """Return the share of random halves of the samples on which each feature is chosen."""
        entropy, n_samples = draw_entropy(self.random_state), len(choice.columns)
        if n_samples < 4:
            raise ValueError(f"X must have at least 4 samples for n_resamples, got {n_samples}")
        tasks = [
            (
                choice,
                draw_halves(n_samples, entropy, k)[0],
                n,
                self.method,
                self.polish,
                self.standardize,
            )
            for k in range(self.n_resamples)
        ]
        counts = np.zeros(choice.columns.shape[1])
        for chosen in run_parallel(
            _chosen_of_part, tasks, n_jobs=self.n_jobs, verbose=self.verbose
        ):
            counts[chosen] += 1
        return counts / self.n_resamples

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


def _named(selector: SubsetSelector, which: IntArray) -> str:
    """Return a few features by name, or by number if they have none."""
    names = getattr(selector, "feature_names_in_", None)
    shown = [str(n) if names is None else repr(str(names[n])) for n in which[:_FEW_NAMES]]
    more = f" and {which.size - _FEW_NAMES} more" if which.size > _FEW_NAMES else ""
    return f"feature{'s' * (which.size > 1)} {', '.join(shown)}{more}"


def _chosen_of_part(
    choice: FeatureChoice, rows: IntArray, n: int, method: Any, polish: bool, standardize: bool
) -> IntArray:
    """Return the features that are chosen on some of the samples."""
    columns = choice.columns[rows]
    columns = columns - columns.mean(axis=0)
    deviation = np.sqrt(np.mean(columns**2, axis=0))
    vanishing = deviation <= _CONSTANT * np.abs(choice.columns).max(axis=0)
    columns[:, vanishing] = 0
    if standardize:
        columns[:, ~vanishing] /= deviation[~vanishing]
    targets = choice.targets
    part = FeatureChoice(
        columns, None if targets is None else targets[rows] - targets[rows].mean(axis=0)
    )
    if not part.rank or (targets is not None and not part.explained.any()):
        return np.empty(0, dtype=np.intp)
    return part.of_size(n, method, polish=polish)
