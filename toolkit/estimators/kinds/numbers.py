"""Targets that are numbers: measurements or counts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import xlogy

from ...arrays import Array, as_finite_array, as_plain_array
from ...checks import check_choice
from ...losses import Huber, Loss, Poisson, Squared
from ..names import name_counterpart
from .targets import Targets

_SQUARED = Squared()
_LOSSES: dict[str, Loss] = {"squared": _SQUARED, "huber": Huber(), "poisson": Poisson()}
_ROUNDING = 1e-12
_LARGEST = 150.0  # logarithm of a rate, as for `Poisson`
_TO_DEVIATION = 1.482602218505602  # of a normal distribution: the standard over the median one


@dataclass(frozen=True, eq=False)
class NumberTargets(Targets):
    """Numbers, one or several per sample, with the loss that explains them."""

    loss: Loss = _SQUARED
    needs_spread: bool = False

    def settle(self, weights: Array) -> Self:
        """Return the targets with a robust standard deviation of them as the scale of the loss."""
        if not self.needs_spread:
            return self
        columns = self.values.reshape(len(weights), -1).astype(float).T
        centres = [_find_median(column, weights) for column in columns]
        deviations = np.concatenate(
            [np.abs(column - c) for column, c in zip(columns, centres, strict=True)]
        )
        weights = np.tile(weights, len(columns))
        spread = _TO_DEVIATION * _find_median(deviations, weights)
        spread = spread or float(np.average(deviations, weights=weights)) or 1.0
        return replace(self, loss=Huber(scale=spread), needs_spread=False)

    @property
    def is_squared(self) -> bool:  # type: ignore[override]
        """Whether the loss is the squared one."""
        return isinstance(self.loss, Squared)

    def make_loss(self, roots: Array) -> Loss:
        """Return the loss; that of Huber has its threshold for samples of such weights."""
        if not isinstance(self.loss, Huber):
            return self.loss
        shaped = roots.reshape(-1, *[1] * (self.values.ndim - 1))
        return replace(
            self.loss, scale=np.broadcast_to(self.loss.scale * shaped, self.values.shape)
        )

    def is_trivial(self, *, fit_intercept: bool) -> bool:
        """Return whether the targets are constant, or zero without an intercept."""
        values = self.values
        is_constant = not np.any(values != (values[0] if fit_intercept else 0))
        return is_constant or self.find_gap() is not None

    def find_gap(self) -> str | None:
        """Return that there is no count above zero, which the logarithm of a rate needs."""
        is_empty = isinstance(self.loss, Poisson) and not self.values.any(axis=0).all()
        return "no count above zero" if is_empty else None

    def measure(self, name: str, image: Array, weights: Array) -> float:
        """Return the mean squared error, or the mean deviance of another loss."""
        if name == "mse":
            values = (self.values - image) ** 2
        elif isinstance(self.loss, Poisson):
            values = 2 * compute_poisson_losses(self.values, image)
        else:
            assert isinstance(self.loss, Huber)
            sizes = np.abs(self.values - image)
            inside = np.minimum(sizes, self.loss.threshold * np.asarray(self.loss.scale))
            values = 2 * inside * (sizes - inside / 2)
        per_sample = values.reshape(len(values), -1).mean(axis=1)
        return float(np.average(per_sample, weights=weights))


def compute_poisson_losses(counts: Array, image: Array) -> Array:
    """Return half the deviance of each count, given the logarithms of rates."""
    rates = np.exp(np.minimum(image, _LARGEST))
    losses: Array = xlogy(counts, counts) - counts * image + rates - counts
    return losses


def make_number_targets(loss: str | Loss, values: Array, is_column: bool) -> NumberTargets:
    """Return numbers as targets of a loss, or of one by its name.

    The scale of "huber" is the spread of the targets: their median absolute deviation from the
    median, as a standard deviation. A `ValueError` if there is no such loss, or the numbers cannot
    be its targets.
    """
    if isinstance(loss, Huber | Squared | Poisson):
        made: Loss = loss
    else:
        check_choice("loss", loss, _LOSSES)
        made = _LOSSES[str(loss)]
    if isinstance(made, Poisson) and values.min() < 0:
        raise ValueError(f"y must not be negative with loss='poisson', got {values.min():g}")
    if isinstance(made, Huber) and np.ndim(made.scale):
        raise ValueError("loss must have one scale for all samples, got several")
    return NumberTargets(
        values, is_column or values.ndim == 2, made, made is not loss and isinstance(made, Huber)
    )


def _find_median(values: Array, weights: Array) -> float:
    """Return the weighted median, the mean of both where half of the weight is below."""
    order = np.argsort(values)
    shares = np.cumsum(weights[order])
    half = shares[-1] / 2
    first = int(np.searchsorted(shares, half * (1 - _ROUNDING)))
    second = int(np.searchsorted(shares, half * (1 + _ROUNDING), side="right"))
    return float(values[order[first]] + values[order[second]]) / 2


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
