"""Accuracies are of samples that had no part in choosing, and folds keep copies together."""

import warnings

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.datasets import load_iris
from sklearn.feature_selection import SelectKBest, SelectorMixin, VarianceThreshold, f_classif
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from groupsparse.apps.features.folds import CrossValidation
from groupsparse.apps.features.separation import (
    ALL,
    LOGISTIC,
    MAJORITY,
    NEIGHBOURS,
    measure_class_separation,
)
from groupsparse.apps.features.univariate import make_univariate_selectors


class Largest(SelectorMixin, BaseEstimator):
    """Takes the columns of the largest norm, and remembers in the class what it was given."""

    seen: list = []  # noqa: RUF012

    def __init__(self, n_features_to_select=1):
        self.n_features_to_select = n_features_to_select

    def fit(self, X, y=None):
        self.n_features_in_ = X.shape[1]
        Largest.seen.append((self.n_features_to_select, X))
        order = np.argsort(-np.linalg.norm(X, axis=0), kind="stable")
        self.support_ = np.isin(np.arange(X.shape[1]), order[: self.n_features_to_select])
        return self

    def _get_support_mask(self):
        return self.support_


@pytest.fixture(autouse=True)
def _strict():
    Largest.seen = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def row(frame, selector, classifier, size=None):
    kept = frame[(frame["selector"] == selector) & (frame["classifier"] == classifier)]
    kept = kept if size is None else kept[kept["n_features"] == size]
    assert len(kept) == 1
    return kept.iloc[0]


def test_noise_is_at_chance_inside_the_folds_and_far_above_outside():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((60, 2000)), np.repeat([0, 1], 30)
    anova = make_univariate_selectors()["ANOVA F"]
    frame = measure_class_separation(
        X,
        y,
        selectors={"ANOVA F": anova},
        n_features=[10],
        validation=CrossValidation(n_repeats=3, random_state=1),
    )
    for classifier in (NEIGHBOURS, LOGISTIC):
        assert 0.3 < row(frame, "ANOVA F", classifier)["accuracy"] < 0.65
    leaked = SelectKBest(f_classif, k=10).fit_transform(X, y)
    outside = measure_class_separation(
        leaked, y, selectors={}, n_features=[10], validation=CrossValidation(random_state=1)
    )
    assert row(outside, ALL, LOGISTIC)["accuracy"] > 0.75
    assert row(outside, ALL, NEIGHBOURS)["accuracy"] > 0.75


def test_equals_a_pipeline_of_scikit_learn():
    X, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    selectors = {"k best": SelectKBest(f_classif), "made": lambda n: SelectKBest(f_classif, k=n)}
    frame = measure_class_separation(
        X, names, selectors=selectors, n_features=[1, 3], validation=CrossValidation(random_state=7)
    )
    seed = int(np.random.default_rng(7).integers(2**31))
    folds = StratifiedKFold(5, shuffle=True, random_state=seed)
    models = {NEIGHBOURS: KNeighborsClassifier(5), LOGISTIC: LogisticRegression(max_iter=1000)}
    for classifier, model in models.items():
        for size in (1, 3):
            chain = make_pipeline(
                VarianceThreshold(), StandardScaler(), SelectKBest(f_classif, k=size), model
            )
            rates = cross_val_score(chain, X, names, cv=folds)
            for name in selectors:
                found = row(frame, name, classifier, size)
                assert found["accuracy"] == pytest.approx(rates.mean())
                spread = rates.std(ddof=1) * np.sqrt(1 / 5 + 1 / 4)
                assert found["standard_error"] == pytest.approx(spread)


def test_balanced_accuracy_is_the_mean_over_classes():
    rng = np.random.default_rng(3)
    X, y = rng.standard_normal((50, 3)), np.repeat([0, 1], [40, 10])
    X[y == 1] += 0.5
    frame = measure_class_separation(
        X, y, selectors={}, n_features=[3], validation=CrossValidation(random_state=2)
    )
    seed = int(np.random.default_rng(2).integers(2**31))
    predicted = np.empty_like(y)
    for train, test in StratifiedKFold(5, shuffle=True, random_state=seed).split(X, y):
        chain = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
        predicted[test] = chain.fit(X[train], y[train]).predict(X[test])
    found = row(frame, ALL, LOGISTIC)
    assert found["balanced_accuracy"] == pytest.approx(balanced_accuracy_score(y, predicted))
    assert found["balanced_accuracy"] != pytest.approx(found["accuracy"], abs=0.05)


def test_baselines_are_in_the_frame():
    X, y = load_iris(return_X_y=True)
    X, y = X[:90], y[:90]
    frame = measure_class_separation(X, y, selectors={"l": Largest()}, n_features=[1, 2])
    assert list(frame) == [
        "selector",
        "n_features",
        "classifier",
        "accuracy",
        "balanced_accuracy",
        "standard_error",
        "n_folds",
    ]
    assert row(frame, MAJORITY, LOGISTIC)["accuracy"] == pytest.approx(50 / 90)
    assert row(frame, MAJORITY, LOGISTIC)["balanced_accuracy"] == 0.5
    assert row(frame, ALL, LOGISTIC)["n_features"] == 4
    assert len(frame) == 2 * (2 + 1 + 1)


def test_each_choice_is_made_once_per_fold_and_number_on_standardised_training_data():
    X, y = load_iris(return_X_y=True)
    measure_class_separation(
        X,
        y,
        selectors={"l": Largest()},
        n_features=[2, 1, 2],
        validation=CrossValidation(n_splits=3),
    )
    assert sorted(size for size, _ in Largest.seen) == [1, 1, 1, 2, 2, 2]
    for _, seen in Largest.seen:
        assert seen.shape == (100, 4)
        np.testing.assert_allclose(seen.mean(axis=0), 0, atol=1e-12)
        np.testing.assert_allclose(seen.std(axis=0), 1)


@pytest.mark.parametrize("seed", range(5))
def test_copies_of_a_sample_are_never_on_both_sides(seed):
    rng = np.random.default_rng(seed)
    y = np.repeat([0, 1, 2], [21, 16, 5])
    origin = np.concatenate([np.arange(42), rng.choice(np.arange(37, 42), 16), [21, 22, 23]])
    y = y[origin]
    folds = CrossValidation(n_repeats=3, random_state=rng).divide(y, origin)
    assert len(folds) == 15
    for fold in folds:
        assert not set(origin[fold.train]) & set(origin[fold.test])
        assert set(y[fold.train]) == {0, 1, 2}
    for repeat in range(3):
        tested = np.concatenate([fold.test for fold in folds if fold.repeat == repeat])
        np.testing.assert_array_equal(np.sort(tested), np.arange(y.size))


def test_copies_would_lift_the_accuracy_without_groups():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((40, 5)), np.repeat([0, 1], 20)
    origin = np.repeat(np.arange(40), 5)
    one_each = {"selectors": {}, "n_features": [5]}
    apart = measure_class_separation(X[origin], y[origin], **one_each, groups=origin)
    mixed = measure_class_separation(X[origin], y[origin], **one_each)
    assert row(apart, ALL, NEIGHBOURS)["accuracy"] < 0.65
    assert row(mixed, ALL, NEIGHBOURS)["accuracy"] > 0.75


def test_small_classes_mean_fewer_folds():
    X, y = load_iris(return_X_y=True)
    frame = measure_class_separation(X[:103], y[:103], selectors={}, n_features=[4])
    assert set(frame["n_folds"]) == {3}


def test_constant_and_perfect_features_do_no_harm():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 12)
    X = rng.integers(-1, 2, (24, 8)) * 2.0
    X[:, 0] = 2.0
    X[:, 1] = 0.0
    X[0, 1] = 2.0  # constant wherever the first sample is left out
    X[:, 2] = 2.0 * y  # no spread within classes
    selectors = make_univariate_selectors() | {"l": Largest()}
    frame = measure_class_separation(
        X, y, selectors=selectors, n_features=[1, 8], validation=CrossValidation(n_splits=4)
    )
    assert np.isfinite(frame[["accuracy", "standard_error"]]).all(axis=None)
    for name in make_univariate_selectors():
        assert row(frame, name, LOGISTIC, 1)["accuracy"] == 1


def test_mutual_information_counts_few_values_as_discrete():
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 50)
    X = np.column_stack([rng.standard_normal(100), np.where(rng.random(100) < 0.9, y, 1 - y) * 0.3])
    scores = make_univariate_selectors()["mutual information"].set_params(k=1).fit(X, y).scores_
    table = np.histogram2d(X[:, 1], y, bins=2)[0] / 100
    apart = table.sum(axis=1, keepdims=True) * table.sum(axis=0)
    assert scores[1] == pytest.approx(np.sum(table * np.log(table / apart)))
    assert scores[0] < 0.1


def test_same_seed_same_figures_whatever_the_number_of_jobs():
    X, y = load_iris(return_X_y=True)
    options = {"selectors": make_univariate_selectors(), "n_features": [1, 2]}
    five, six = (CrossValidation(n_repeats=2, random_state=seed) for seed in (5, 6))
    first = measure_class_separation(X, y, **options, validation=five)
    assert first.equals(measure_class_separation(X, y, **options, validation=five, n_jobs=2))
    assert not first.equals(measure_class_separation(X, y, **options, validation=six))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"y": ["a"] * 29 + ["lonely"]}, "y: class lonely has only one sample"),
        ({"y": ["a"] * 30}, "at least two classes, got only a"),
        ({"groups": [0] * 15 + list(range(15))}, "class 0 has only one group of samples"),
        ({"groups": [0, 1]}, "groups must have one label for each sample"),
        ({"n_features": [5]}, "n_features must be at most 4, the number of columns of X, got 5"),
        ({"n_features": []}, "n_features must contain at least one"),
        ({"n_features": [0]}, "n_features must be an integer of at least 1, got 0"),
        (
            {"validation": CrossValidation(n_splits=1)},
            "n_splits must be an integer of at least 2, got 1",
        ),
        ({"validation": CrossValidation(n_repeats=0)}, "n_repeats must be"),
        ({"selectors": {ALL: Largest()}}, "'all features' is reserved"),
        ({"X": np.full((30, 4), np.nan)}, "NaN"),
    ],
)
def test_bad_input(changes, message):
    X = np.random.default_rng(0).standard_normal((30, 4))
    arguments = {"X": X, "y": np.repeat([0, 1], 15), "selectors": {}, "n_features": [2]} | changes
    with pytest.raises(ValueError, match=message):
        measure_class_separation(arguments.pop("X"), arguments.pop("y"), **arguments)


def test_something_else_than_a_selector():
    X, y = load_iris(return_X_y=True)
    with pytest.raises(TypeError, match="'mean' must be a selector with one of the parameters"):
        measure_class_separation(X, y, selectors={"mean": StandardScaler()}, n_features=[2])
