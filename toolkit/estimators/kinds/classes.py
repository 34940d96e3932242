"""Targets that are labels of classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from scipy.special import log_softmax
from sklearn.utils.multiclass import type_of_target

from ...arrays import Array, IntArray
from ...losses import Logistic, Loss, Multinomial
from ...short_text import shorten
from ..names import name_counterpart
from .agreement import compute_auc
from .targets import Targets

ClassWeight: TypeAlias = Mapping[Any, float] | Literal["balanced"] | None


@dataclass(frozen=True, eq=False)
class ClassTargets(Targets):
    """Numbers of classes, whose labels are `classes`; images are those of two, or one for each.

    Of two classes the image is the logarithm of the odds of the second.
    """

    classes: Array = field(kw_only=True)
    dtype: np.dtype[Any] = field(kw_only=True)

    def make_loss(self, roots: Array) -> Loss:
        """Return the loss for two classes or more."""
        return Logistic() if self.classes.size == 2 else Multinomial()

    def make_data(self) -> Array:
        """Return 0 or 1 for two classes, else a column for each class."""
        if self.classes.size == 2:
            return self.values.astype(self.dtype)
        return np.eye(self.classes.size, dtype=self.dtype)[self.values]

    @property
    def strata(self) -> IntArray | None:
        """The classes."""
        return self.values

    def find_gap(self) -> str | None:
        """Return which class has no sample."""
        counts = np.bincount(self.values, minlength=self.classes.size)
        if counts.all():
            return None
        return f"no sample of class {self.classes[int(np.argmin(counts))]!s}"

    def measure(self, name: str, image: Array, weights: Array) -> float:
        """Return log loss, accuracy or AUC, the last of several classes as the mean of each."""
        if image.ndim == 1:
            image = np.stack([np.zeros_like(image), image], axis=1)
        if name == "accuracy":
            return float(np.average(image.argmax(axis=1) == self.values, weights=weights))
        logarithms = log_softmax(image, axis=1)
        if name == "log_loss":
            own = logarithms[np.arange(len(image)), self.values]
            return -float(np.average(own, weights=weights))
        areas = [
            compute_auc(self.values == number, logarithms[:, number], weights)
            for number in range(image.shape[1] == 2, image.shape[1])
        ]
        return float(np.mean(areas))


def read_classes(y: Array, dtype: np.dtype[Any], estimator: str) -> ClassTargets:
    """Return labels as targets; a `ValueError` in the name of a classifier if they are none."""
    with np.errstate(invalid="ignore"):  # numbers that no integer holds
        kind = type_of_target(y, input_name="y", raise_unknown=True)
    if kind not in ("binary", "multiclass"):
        raise ValueError(
            f"Unknown label type: {kind}. y must hold class labels, one column of text or whole "
            f"numbers; for numbers use {name_counterpart(estimator, 'Regressor')}"
        )
    try:
        classes, codes = np.unique(y, return_inverse=True)
    except TypeError as error:
        raise ValueError(f"y must hold labels of one type, got {shorten(y)}") from error
    if classes.size < 2:
        raise ValueError(f"y must hold at least two classes, got one class: {classes[0]!s}")
    return ClassTargets(codes, True, classes=classes, dtype=dtype)


def weigh_classes(
    targets: ClassTargets, class_weight: ClassWeight, sample_weight: Array | None
) -> Array | None:
    """Return weights of samples times those of their classes.

    "balanced" gives all classes the same sum of weights. A `ValueError` if a weight is none.
    """
    if class_weight is None:
        return sample_weight
    n_classes = targets.classes.size
    samples = np.ones(len(targets.values)) if sample_weight is None else sample_weight
    if isinstance(class_weight, str) and class_weight == "balanced":
        sums = np.bincount(targets.values, samples, n_classes)
        with np.errstate(divide="ignore"):
            factors = np.where(sums > 0, samples.sum() / (n_classes * sums), 0.0)
    elif isinstance(class_weight, Mapping):
        factors = _find_factors(targets.classes, class_weight)
    else:
        raise ValueError(
            "class_weight must be None, 'balanced' or a weight for each label, "
            f"got {shorten(class_weight)}"
        )
    weights: Array = samples * factors[targets.values]
    return weights


def _find_factors(classes: Array, class_weight: Mapping[Any, float]) -> Array:
    """Return the weight of every class, one by default."""
    labels = classes.tolist()
    unknown = [label for label in class_weight if label not in labels]
    if unknown:
        raise ValueError(f"class_weight has a weight for {unknown[0]!r}, which is no class of y")
    try:
        factors = np.array([float(class_weight.get(label, 1.0)) for label in labels])
    except (TypeError, ValueError):
        factors = np.array([-1.0])
    if not np.all((factors >= 0) & (factors < np.inf)) or not factors.any():
        raise ValueError(
            f"class_weight must not be negative, nor all zero, got {shorten(class_weight)}"
        )
    return factors
