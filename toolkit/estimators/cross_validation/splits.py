"""Folds of cross-validation: the samples that are fitted, and those that are left out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.model_selection import check_cv

from ...arrays import Array, as_plain_array
from ...short_text import shorten
from ..training import Training

Split = tuple[Array, Array]


def make_splits(cv: Any, training: Training, arguments: dict[str, Any]) -> list[Split]:
    """Return the folds as pairs of the samples to fit and those to predict.

    `cv` is as for scikit-learn's `check_cv`, and `arguments` are those of its method `split`. A
    number of folds is stratified by the targets' strata, where they have some.
    Raise a `ValueError` unless every part of every fold holds some of the samples.
    """
    strata, n_samples = training.targets.strata, len(training.y)
    y = training.y if strata is None else strata
    if arguments.get("groups") is not None:
        _check_sample_groups(arguments["groups"], n_samples)
    if isinstance(cv, Iterable) and (isinstance(cv, bytes) or not hasattr(cv, "split")):
        cv = list(cv)
        for number, fold in enumerate(cv):
            _check_pair(fold, number)
    splits: list[Split] = list(
        check_cv(cv, y, classifier=strata is not None).split(training.X, y, **arguments)
    )
    if not splits:
        raise ValueError("cv has no folds")
    for number, parts in enumerate(splits):
        _check_parts(parts, number, n_samples)
    return splits


def _check_pair(fold: object, number: int) -> None:
    """Raise a `ValueError` unless a fold is two lists or arrays."""
    if not isinstance(fold, Sequence | np.ndarray) or isinstance(fold, str) or len(fold) != 2:
        raise ValueError(
            f"cv: fold {number} must be a pair, the samples to fit and those to predict, "
            f"got {shorten(fold)}"
        )


def _check_parts(parts: Split, number: int, n_samples: int) -> None:
    """Raise a `ValueError` unless both parts of a fold hold some of the samples."""
    for part in parts:
        try:
            chosen = np.arange(n_samples)[part]
        except (IndexError, TypeError):
            raise ValueError(f"cv: fold {number} has samples that are none of X") from None
        if chosen.ndim != 1:
            raise ValueError(
                f"cv: fold {number} must hold lists of samples, or masks, got {shorten(part)}"
            )
        if not chosen.size:
            raise ValueError(f"cv: fold {number} has no samples to fit, or none to predict")


def _check_sample_groups(groups: ArrayLike, n_samples: int) -> None:
    """Raise a `ValueError` unless there is a label for each sample, and labels can be sorted."""
    labels = as_plain_array(groups, "groups of samples")
    if labels.shape != (n_samples,):
        raise ValueError(
            f"groups of samples must have shape ({n_samples},), got shape {labels.shape}"
        )
    try:
        np.unique(labels)
    except TypeError as error:
        raise ValueError(
            f"groups of samples must be numbers, or texts, got {shorten(groups)}"
        ) from error
