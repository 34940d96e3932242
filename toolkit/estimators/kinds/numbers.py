"""Targets that are numbers: measurements or counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ...arrays import Array, as_finite_array, as_plain_array
from ...losses import Loss, Squared
from ..names import name_counterpart
from .targets import Targets

_SQUARED = Squared()


@dataclass(frozen=True, eq=False)
class NumberTargets(Targets):
    """Numbers, one or several per sample."""

    loss: Loss = _SQUARED

    def make_loss(self, roots: Array) -> Loss:
        """Return the loss, which does not depend on the weights."""
        return self.loss

    def is_trivial(self, *, fit_intercept: bool) -> bool:
        """Return whether the targets are constant, or zero without an intercept."""
        values = self.values
        return not np.any(values != (values[0] if fit_intercept else 0))

    def measure(self, name: str, image: Array, weights: Array) -> float:
        """Return the mean squared error, or the mean deviance of another loss."""
        if name == "mse":
            squares = (self.values - image) ** 2
            per_sample = squares.reshape(len(squares), -1).mean(axis=1)
            return float(np.average(per_sample, weights=weights))
        return self.measure_deviance(image, weights) / int(self.values[0].size)


def cast_numbers(targets: Array, dtype: np.dtype[Any]) -> Array:
    """Return targets in the precision of the features, in double where single cannot hold them."""
    numbers = as_finite_array(targets, "y")
    largest, limits = float(np.abs(numbers).max()), np.finfo(dtype)
    fits = not largest or float(limits.tiny) <= largest <= float(limits.max)
    return numbers.astype(dtype, copy=False) if fits else numbers


def refuse_classes(y: ArrayLike, estimator: str) -> None:
    """Raise a `ValueError` in the name of a regressor if targets are not numbers."""
    values = as_plain_array(y.to_numpy() if hasattr(y, "to_numpy") else y, "y")
    kind = values.dtype.kind
    if kind == "V":
        raise ValueError(
            "y must hold numbers, got events and times: this is a regressor; for survival use "
            f"{name_counterpart(estimator, 'Survival')}"
        )
    if kind == "O":
        is_class = any(isinstance(value, str | bool | np.bool_) for value in values.ravel())
    else:
        is_class = kind in "USb"
    if is_class:
        classes = np.unique(values.astype(str)).tolist()
        shown = ", ".join(map(repr, classes[:3])) + (", ..." if len(classes) > 3 else "")
        raise ValueError(
            f"y must hold numbers, got class labels ({shown}): this is a regressor; for classes "
            f"use {name_counterpart(estimator, 'Classifier')}"
        )
