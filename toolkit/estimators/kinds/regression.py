"""What makes an estimator a regressor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import RegressorMixin

from ...arrays import Array
from ...losses import Loss, Poisson
from ...reformulations.regression_form import Features
from .intercept import InterceptMixin
from .numbers import NumberTargets, cast_numbers, make_number_targets, refuse_classes
from .targets import Targets


@dataclass(eq=False, repr=False, kw_only=True)
class RegressionMixin(RegressorMixin, InterceptMixin):
    """A model of numbers, by least squares."""

    def predict(self, X: Features, offset: ArrayLike | None = None) -> Array:
        """Predict targets: of counts, their rates.

        Parameters
        ----------
        X : array_like, DataFrame or sparse matrix, shape (n_samples, n_features)
            Features.
        offset : array_like of float, optional
            As in `fit`.

        Returns
        -------
        ndarray, shape (n_samples,) or (n_samples, n_targets)
            Predictions.

        Raises
        ------
        ValueError
            If X has other features than those seen in `fit`.
        NotFittedError
            Before `fit`.
        """
        return self._expect(self._compute_image(X, offset))

    def _expect(self, image: Array) -> Array:
        """Return the targets that are expected at a linear model."""
        return image

    def _read_samples(self, X: Features, y: Any) -> tuple[Any, Targets]:
        refuse_classes(y, type(self).__name__)
        samples, numbers = self._validate(X, y, multi_output=True, y_numeric=True)
        values = cast_numbers(np.asarray(numbers), samples.dtype)
        is_column = values.ndim == 2 and values.shape[1] == 1
        return samples, self._make_targets(values[:, 0] if is_column else values, is_column)

    def _make_targets(self, values: Array, is_column: bool) -> NumberTargets:
        """Return the targets with their loss."""
        return NumberTargets(values, is_column or values.ndim == 2)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


@dataclass(eq=False, repr=False, kw_only=True)
class LossMixin(RegressionMixin):
    """A model of numbers, by least squares or by another loss."""

    loss: str | Loss = "squared"

    @property
    def _is_poisson(self) -> bool:
        return self.loss == "poisson" or isinstance(self.loss, Poisson)

    def _expect(self, image: Array) -> Array:
        """Return the targets that are expected at a linear model: of counts, their rates."""
        rates: Array = np.exp(image) if self._is_poisson else image
        return rates

    def score(self, X: Features, y: Any, sample_weight: ArrayLike | None = None) -> float:
        """Return the share of the variance, or with a Poisson loss of the deviance, explained."""
        if not self._is_poisson:
            return float(super().score(X, y, sample_weight))
        from sklearn.metrics import d2_tweedie_score

        rates = np.maximum(self.predict(X), np.finfo(float).tiny)
        return float(d2_tweedie_score(y, rates, sample_weight=sample_weight, power=1))

    def _make_targets(self, values: Array, is_column: bool) -> NumberTargets:
        return make_number_targets(self.loss, values, is_column)
