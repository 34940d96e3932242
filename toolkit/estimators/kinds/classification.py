"""What makes an estimator a classifier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, log_expit, log_softmax, softmax
from sklearn.base import ClassifierMixin

from ...arrays import Array
from ...reformulations.regression_form import Features, RegressionForm
from ...solution import Solution, Status
from ..training import Training
from .classes import ClassTargets, ClassWeight, read_classes, weigh_classes
from .intercept import InterceptMixin
from .targets import Targets

_SEPARATED = 1e-6  # a mean log loss that only unbounded coefficients reach


@dataclass(eq=False, repr=False, kw_only=True)
class ClassificationMixin(ClassifierMixin, InterceptMixin):
    """A model of classes: logistic regression, multinomial for more than two classes."""

    class_weight: ClassWeight = None

    def decision_function(self, X: Features, offset: ArrayLike | None = None) -> Array:
        """Return the linear model.

        Parameters
        ----------
        X : array_like, DataFrame or sparse matrix, shape (n_samples, n_features)
            Features.
        offset : array_like of float, optional
            As in `fit`.

        Returns
        -------
        ndarray, shape (n_samples,) or (n_samples, n_classes)
            For two classes the logarithm of the odds of `classes_[1]`; for more the logarithm
            of the probability of each class, up to a constant for each sample.

        Raises
        ------
        ValueError
            If X has other features than those seen in `fit`.
        NotFittedError
            Before `fit`.
        """
        image = self._compute_image(X, offset)
        return image[:, 0] if image.shape[1] == 1 else image

    def predict(self, X: Features, offset: ArrayLike | None = None) -> Array:
        """Return the most probable class of each sample; the arguments of `decision_function`."""
        image = self.decision_function(X, offset)
        codes = (image > 0).astype(np.intp) if image.ndim == 1 else image.argmax(axis=1)
        labels: Array = self.classes_[codes]
        return labels

    def predict_proba(self, X: Features, offset: ArrayLike | None = None) -> Array:
        """Return the probabilities of the classes in the order of `classes_`.

        Shape (n_samples, n_classes); the arguments are those of `decision_function`.
        """
        image = self.decision_function(X, offset)
        if image.ndim == 1:
            return np.stack([expit(-image), expit(image)], axis=1)
        result: Array = softmax(image, axis=1)
        return result

    def predict_log_proba(self, X: Features, offset: ArrayLike | None = None) -> Array:
        """Return the logarithms of the probabilities that `predict_proba` returns."""
        image = self.decision_function(X, offset)
        if image.ndim == 1:
            return np.stack([log_expit(-image), log_expit(image)], axis=1)
        result: Array = log_softmax(image, axis=1)
        return result

    def _read_samples(self, X: Features, y: Any) -> tuple[Any, Targets]:
        samples, labels = self._validate(X, y)
        return samples, read_classes(labels, samples.dtype, type(self).__name__)

    def _weigh_samples(self, targets: Targets, sample_weight: Array | None) -> Array | None:
        assert isinstance(targets, ClassTargets)
        return weigh_classes(targets, self.class_weight, sample_weight)

    def _publish(self, training: Training, regression: RegressionForm, solution: Solution) -> None:
        """Set the fitted attributes; unpenalised coefficients of several classes sum to zero."""
        super()._publish(training, regression, solution)
        assert isinstance(training.targets, ClassTargets)
        self.classes_ = training.targets.classes
        if self.classes_.size > 2:
            free = training.groups.unpenalised
            self.coef_[:, free] -= self.coef_[:, free].mean(axis=0)
            self.intercept_ = self.intercept_ - self.intercept_.mean()
        if solution.status is Status.UNBOUNDED:
            return  # the fit says so
        image = training.compute_image(regression, solution.coef)
        if training.targets.measure("log_loss", image, training.weights) < _SEPARATED:
            self._warn(
                "the classes are separable, and no penalty bounds the coefficients of the features "
                "that separate them, which have no finite optimum"
            )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = True
        return tags
