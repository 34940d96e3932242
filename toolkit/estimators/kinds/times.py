"""Targets that are survival times, some of them censored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from ...arrays import Array, IntArray, as_finite_array, as_plain_array
from ...losses import Cox, Loss
from ..names import name_counterpart
from .agreement import compute_concordance
from .targets import Targets


@dataclass(frozen=True, eq=False)
class SurvivalTargets(Targets):
    """Times, negative where they are censored."""

    has_level = False

    ties: Literal["breslow", "efron"] = "breslow"

    def make_loss(self, roots: Array) -> Loss:
        """Return the negative logarithm of the partial likelihood."""
        return Cox(ties=self.ties)

    def make_data(self) -> Array:
        """Return events and times as a structured array."""
        return pair_times(self.values)

    @property
    def strata(self) -> IntArray | None:
        """Whether times are events, if some are and some are not."""
        is_event = self.values > 0
        return None if is_event.all() else is_event.astype(np.intp)

    def find_gap(self) -> str | None:
        """Return that there is no event."""
        return None if np.any(self.values > 0) else "no event"

    def measure(self, name: str, image: Array, weights: Array) -> float:
        """Return the concordance, or the deviance of the partial likelihood for each event."""
        if name == "concordance":
            return compute_concordance(self.values, image, weights)
        kept = weights > 0
        if self.select(np.flatnonzero(kept)).find_gap() is not None:
            return 0.0
        own, loss = weights[kept] / weights[kept].sum(), Cox(ties=self.ties)
        data = loss.read_data(pair_times(self.values[kept]))
        deviance = loss.bind(data, np.sqrt(own), None).deviance(image[kept].astype(float))
        return deviance / float(own[self.values[kept] > 0].sum())


def pair_times(signed_times: Array) -> Array:
    """Return events and times as a structured array."""
    pairs = np.empty(len(signed_times), [("event", bool), ("time", float)])
    pairs["event"], pairs["time"] = signed_times > 0, np.abs(signed_times)
    return pairs


def read_times(y: Any, estimator: str) -> Array:
    """Return events and times as times, negative where they are censored.

    They come as a structured array or DataFrame of two fields, or as an array of two columns,
    time and event; an array of one dimension holds times of events. A `ValueError` if they are
    none.
    """
    times, events = _split_fields(y, estimator)
    is_event = _read_events(events)
    numbers = as_finite_array(times, "the time of y")
    if numbers.dtype.kind == "c" or numbers.shape != is_event.shape:
        raise ValueError(f"the time of y must be real, one per sample, got {numbers.dtype}")
    if not np.all(numbers > 0):
        raise ValueError(f"the time of y must be positive, got {numbers.min():g}")
    if not is_event.any():
        raise ValueError("y has no event: all times are censored")
    signed: Array = np.where(is_event, numbers, -numbers).astype(float)
    return signed


def _split_fields(y: Any, estimator: str) -> tuple[Any, Any]:
    """Return the times and the events."""
    if hasattr(y, "columns") and hasattr(y, "to_numpy"):
        if len(y.columns) == 2:
            return _choose(list(y.columns), [y[name].to_numpy() for name in y.columns])
        y = y.to_numpy()
    values = as_plain_array(y.to_numpy() if hasattr(y, "to_numpy") else y, "y")
    names = values.dtype.names
    if names is not None:
        if len(names) != 2 or values.ndim != 1:
            raise ValueError(f"y must have two fields, event and time, got {', '.join(names)}")
        return _choose(list(names), [values[name] for name in names])
    if values.dtype.kind == "O":
        values = _cast_objects(values)
    if values.dtype.kind == "c":
        raise ValueError(f"Complex data not supported: y must hold times, got {values.dtype}")
    if values.dtype.kind in "USOb" and values.ndim == 1:
        raise ValueError(
            "y must hold times and events, got labels: this is for survival; for classes use "
            f"{name_counterpart(estimator, 'Classifier')}"
        )
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 1:
        return values, np.ones(values.shape, dtype=bool)
    if values.ndim == 2 and values.shape[1] == 2:
        return values[:, 0], values[:, 1]
    raise ValueError(
        "y must be a structured array of event and time, a DataFrame of both, or an array of "
        f"time and event, shape (n_samples, 2), got shape {values.shape}"
    )


def _cast_objects(values: Array) -> Array:
    """Return objects as numbers, if they all are."""
    if any(isinstance(value, str | bool | np.bool_) for value in values.ravel()):
        return values
    try:
        return values.astype(float)
    except (TypeError, ValueError):
        return values


def _choose(names: list[Any], fields: list[Array]) -> tuple[Array, Array]:
    """Return the field of times and that of events, by their types or their names."""
    is_flag = [field.dtype.kind == "b" for field in fields]
    if is_flag[0] == is_flag[1]:
        is_flag = [str(name).lower() in ("event", "status", "observed") for name in names]
    if is_flag[0] == is_flag[1]:
        raise ValueError(
            "y must have an event that is True or False, or fields called event and time, "
            f"got {names[0]} and {names[1]}"
        )
    event = is_flag.index(True)
    return fields[1 - event], fields[event]


def _read_events(events: ArrayLike) -> Array:
    """Return whether each time is that of an event."""
    values = as_plain_array(events, "the event of y")
    if values.dtype.kind != "b":
        values = as_finite_array(values, "the event of y")
        if not np.all((values == 0) | (values == 1)):
            raise ValueError("the event of y must be True or False, or 1 or 0")
    result: Array = values.astype(bool)
    return result
