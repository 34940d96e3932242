"""How well chosen features separate classes, on samples that were not used to choose them.

In every fold, constant features are dropped, the others standardised and the features chosen on the
training part alone; then each classifier is fitted on them and scored on the part left out.
Choosing on all samples first would leak the labels to be predicted: even on noise that lifts the
accuracy far above chance (Ambroise and McLachlan, PNAS 99, 2002).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, clone
from sklearn.feature_selection import SelectKBest, VarianceThreshold
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import recall_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import check_X_y

from ...toolkit.arrays import Array, as_plain_array, refuse_masked
from ...toolkit.checks import as_list, check_count, check_instance
from .folds import CrossValidation, Fold, count_folds

ALL, MAJORITY = "all features", "most frequent class"
NEIGHBOURS, LOGISTIC = "5 nearest neighbours", "logistic regression"
_SIZE_NAMES = ("n_features_to_select", "k")


class _Samples(NamedTuple):
    """The samples to classify."""

    X: Array
    y: Array


def measure_class_separation(
    X: ArrayLike,
    y: ArrayLike,
    *,
    selectors: Mapping[str, Any],
    n_features: Sequence[int],
    groups: ArrayLike | None = None,
    validation: CrossValidation | None = None,
    n_jobs: int | None = None,
    verbose: int = 0,
) -> pd.DataFrame:
    """Return the cross-validated accuracies of two classifiers on selected features.

    Parameters
    ----------
    X : array_like, shape (n_samples, n_features)
        Finite numbers. They are standardised inside the folds.
    y : array_like, shape (n_samples,)
        The classes: numbers or strings.
    selectors : mapping of str to selector
        A scikit-learn selector with a parameter ``n_features_to_select`` or
        ``k``, or a function that returns one for a number of features.
    n_features : sequence of int
        Numbers of features to choose. If fewer vary in the training part, all
        of those are taken.
    groups : array_like, shape (n_samples,), optional
        Samples of one group, such as the copies of one sample, are never on
        both sides of a fold.
    validation : CrossValidation, optional
        Number of folds and repeats, and their seed; by default five folds.
        All selectors see the same folds.
    n_jobs : int, optional
        Number of processes that run folds: one by default, -1 for one per
        core. Inside ``joblib.parallel_config(backend)`` folds run there.
    verbose : int
        Verbosity of joblib's progress messages.

    Returns
    -------
    pandas.DataFrame
        Columns ``selector``, ``n_features``, ``classifier``, ``accuracy`` (the
        share of correct predictions), ``balanced_accuracy`` (the mean over
        classes of that share), ``standard_error`` (of the accuracy) and
        ``n_folds``. The baselines come last: `ALL`, with all features, and
        `MAJORITY`, which always predicts the most frequent class.

    Raises
    ------
    ValueError
        If a class has only one sample (or group), there is only one class, a
        number of features is not between 1 and that of X, or an array has a
        wrong shape or missing values.
    TypeError
        If a selector has neither parameter and is not callable.

    Notes
    -----
    Training parts of different folds overlap, so that their accuracies are not
    independent. The standard error is ``sqrt((1 / n + 1 / (n_splits - 1)) v)`` for
    the variance ``v`` among all ``n`` folds (Nadeau and Bengio, Machine Learning
    52, 2003, section 3), about one and a half times the naive one for five folds.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from groupsparse.apps.features.univariate import make_univariate_selectors
    >>> X, y = load_iris(return_X_y=True)
    >>> frame = measure_class_separation(
    ...     X, y, selectors=make_univariate_selectors(), n_features=[1, 2]
    ... )
    >>> frame.loc[frame["classifier"] == LOGISTIC, ["selector", "n_features", "accuracy"]].round(2)
                   selector  n_features  accuracy
    1               ANOVA F           1      0.95
    3               ANOVA F           2      0.95
    5    mutual information           1      0.95
    7    mutual information           2      0.95
    9          all features           4      0.96
    11  most frequent class           0      0.33
    """
    samples, labels = _check_samples(X, y, groups)
    sizes = _check_sizes(n_features, samples.X.shape[1])
    _check_selectors(selectors)
    validation = validation or CrossValidation()
    folds = validation.divide(samples.y, labels)
    n_folds = count_folds(samples.y, labels, validation.n_splits)
    trials = [(name, selector, sizes) for name, selector in selectors.items()]
    trials.append((ALL, None, [samples.X.shape[1]]))
    tasks = [(choice, at, samples, fold) for _, choice, at in trials for fold in folds]
    # Processes: scikit-learn replaces the warning filters meanwhile, which all threads share.
    parallel = Parallel(n_jobs, prefer="processes", verbose=verbose)
    done = parallel(delayed(_predict)(*task) for task in tasks)
    rows = []
    for place, (name, _, at) in enumerate(trials):
        predicted = done[place * len(folds) : (place + 1) * len(folds)]
        rows += [
            {"selector": name, "n_features": size, "classifier": classifier}
            | _score([fold[size, classifier] for fold in predicted], samples.y, folds)
            for size in at
            for classifier in (NEIGHBOURS, LOGISTIC)
        ]
    return pd.DataFrame(rows + _score_majority(samples.y)).assign(n_folds=n_folds)


def _check_samples(
    X: ArrayLike, y: ArrayLike, groups: ArrayLike | None
) -> tuple[_Samples, Array | None]:
    refuse_masked(X, "X")
    refuse_masked(y, "y")
    samples = _Samples(*check_X_y(X, y, dtype=np.float64))
    labels = None if groups is None else as_plain_array(groups, "groups")
    if labels is not None and labels.shape != samples.y.shape:
        raise ValueError(f"groups must have one label for each sample, got shape {labels.shape}")
    return samples, labels


def _check_sizes(n_features: Sequence[int], n_available: int) -> list[int]:
    n_features = as_list("n_features", n_features, "numbers of features")
    for size in n_features:
        check_count("n_features", size)
        if size > n_available:
            raise ValueError(
                f"n_features must be at most {n_available}, the number of columns of X, got {size}"
            )
    if len(n_features) == 0:
        raise ValueError("n_features must contain at least one number, got an empty sequence")
    return sorted({int(size) for size in n_features})


def _check_selectors(selectors: Mapping[str, Any]) -> None:
    check_instance("selectors", selectors, Mapping)
    for name, selector in selectors.items():
        if name in (ALL, MAJORITY):
            raise ValueError(f"selectors: the name {name!r} is reserved for a baseline")
        if not callable(selector) and _find_size_name(selector) is None:
            raise TypeError(
                f"selectors: {name!r} must be a selector with one of the parameters "
                f"{', '.join(_SIZE_NAMES)}, or a function that returns one, got {selector!r}"
            )


def _find_size_name(selector: BaseEstimator) -> str | None:
    """Return the parameter that sets how many features a selector chooses."""
    return next((name for name in _SIZE_NAMES if hasattr(selector, name)), None)


def _predict(
    selector: BaseEstimator, sizes: Sequence[int], samples: _Samples, fold: Fold
) -> dict[tuple[int, str], Array]:
    """Return the predictions for the part left out, by size and classifier."""
    X, y = samples.X[fold.train], samples.y[fold.train]
    scaling = make_pipeline(VarianceThreshold(), StandardScaler()).fit(X)
    X, left_out = scaling.transform(X), scaling.transform(samples.X[fold.test])
    predicted = {}
    for size, chosen in _fit_selectors(selector, sizes, X, y):
        for name, classifier in _make_classifiers(len(y)).items():
            classifier.fit(chosen.transform(X) if chosen else X, y)
            seen = chosen.transform(left_out) if chosen else left_out
            predicted[size, name] = classifier.predict(seen)
    return predicted


def _fit_selectors(
    selector: BaseEstimator, sizes: Sequence[int], X: Array, y: Array
) -> Iterator[tuple[int, Any]]:
    """Yield every size with a fitted selector, or with None for all features."""
    fitted = None
    for size in sizes:
        n_taken = min(size, X.shape[1])
        if isinstance(selector, SelectKBest) and fitted is not None:
            fitted.set_params(k=n_taken)  # its scores are the same for every number
        elif selector is not None:
            fitted = _resize(selector, n_taken).fit(X, y)
        yield size, fitted


def _resize(selector: BaseEstimator, size: int) -> Any:
    if callable(selector):
        return selector(size)
    name = _find_size_name(selector)
    assert name is not None
    return clone(selector).set_params(**{name: size})


def _make_classifiers(n_samples: int) -> dict[str, Any]:
    return {
        NEIGHBOURS: KNeighborsClassifier(n_neighbors=min(5, n_samples)),
        LOGISTIC: LogisticRegression(max_iter=1000),
    }


def _score(predicted: Sequence[Array], y: Array, folds: Sequence[Fold]) -> dict[str, float]:
    """Return the scores of one selector, size and classifier over all folds and repeats."""
    truths = [y[fold.test] for fold in folds]
    rates = np.array([np.mean(p == t) for p, t in zip(predicted, truths, strict=True)])
    right, truth = np.concatenate(predicted), np.concatenate(truths)
    n_repeats = folds[-1].repeat + 1
    per_repeat = len(folds) / n_repeats
    variance = rates.var(ddof=1) * (1 / len(folds) + 1 / (per_repeat - 1))
    return {
        "accuracy": float(np.mean(right == truth)),
        "balanced_accuracy": float(recall_score(truth, right, average="macro")),
        "standard_error": float(np.sqrt(variance)),
    }


def _score_majority(y: Array) -> list[dict[str, Any]]:
    _, counts = np.unique(y, return_counts=True)
    figures = {"accuracy": counts.max() / y.size, "balanced_accuracy": 1 / counts.size}
    common = {"selector": MAJORITY, "n_features": 0}
    return [
        common | {"classifier": name} | figures | {"standard_error": 0.0}
        for name in (NEIGHBOURS, LOGISTIC)
    ]
