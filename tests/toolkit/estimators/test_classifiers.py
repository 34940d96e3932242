"""Classifiers: labels, probabilities, scikit-learn's interface and its l1 logistic regression."""

import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from scipy.special import logsumexp
from sklearn.base import clone, is_classifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from groupsparse import (
    GroupL0Classifier,
    GroupLasso,
    GroupLassoClassifier,
    GroupLassoClassifierCV,
    GroupMCPClassifierCV,
    SparseGroupLassoClassifier,
    StabilitySelection,
)
from groupsparse.toolkit.estimators.kinds.agreement import compute_auc

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", [GroupLassoClassifier(), GroupL0Classifier(alpha=0.05)], ids=type)
def test_check_estimator(kind):
    """All other classifiers differ in their penalty alone."""
    check_estimator(kind)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_groups_probabilities_and_labels(classifier, classes, n_classes):
    X, y = classes(n_classes)
    model = classifier.fit(X, y)
    assert is_classifier(model)
    assert {1, 3} <= set(model.active_groups_)
    assert list(model.classes_) == sorted(set(y))
    n_rows = 1 if n_classes == 2 else n_classes
    assert model.coef_.shape == (n_rows, 24)
    assert model.intercept_.shape == (n_rows,)
    proba = model.predict_proba(X)
    assert proba.min() >= 0
    assert proba.max() <= 1
    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), proba)
    np.testing.assert_array_equal(model.predict(X), model.classes_[proba.argmax(axis=1)])
    assert model.score(X, y) > 0.8
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(X), proba)
    assert not hasattr(clone(model), "coef_")


def test_groups_of_one_are_l1_logistic_regression(classes):
    X, y = classes()
    for alpha, intercept in ((0.05, True), (0.01, True), (0.05, False)):
        ours = GroupLassoClassifier(alpha, fit_intercept=intercept).fit(X, y)
        theirs = LogisticRegression(
            l1_ratio=1,
            C=1 / (alpha * len(y)),
            solver="saga",
            tol=1e-10,
            max_iter=100_000,
            fit_intercept=intercept,
        )
        theirs.set_params(**({"penalty": "elasticnet"} if _is_old(theirs) else {})).fit(X, y)
        np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-5)
        np.testing.assert_allclose(ours.intercept_, theirs.intercept_, atol=1e-5)


def _is_old(model):
    """Whether this version of scikit-learn wants a name for the mixture of penalties."""
    return model.penalty == "l2"


def test_several_classes_minimise_the_multinomial_objective(classes):
    """No step in any direction lowers it; the gradient is that of plain NumPy."""
    X, y = classes(3)
    model = GroupLassoClassifier(0.03, groups=4).fit(X, y)
    hot = (y[:, None] == model.classes_).astype(float)

    def evaluate(coef, intercept):
        scores = X @ coef.T + intercept
        loss = np.mean(logsumexp(scores, axis=1) - (hot * scores).sum(axis=1))
        return loss + 0.03 * sum(np.linalg.norm(coef[:, 4 * g : 4 * g + 4]) for g in range(6))

    best = evaluate(model.coef_, model.intercept_)
    assert model.solution_.objective == pytest.approx(best)
    assert model.intercept_.sum() == pytest.approx(0)
    rng = np.random.default_rng(0)
    for size in (1e-1, 1e-3):
        for _ in range(20):
            step, shift = rng.standard_normal((3, 24)), rng.standard_normal(3)
            assert evaluate(model.coef_ + size * step, model.intercept_ + size * shift) > best


def test_labels_may_be_of_any_kind(classes):
    X, y = classes()
    expected = GroupLassoClassifier(0.03, groups=4).fit(X, y)
    is_well = y == expected.classes_[1]
    for labels in (is_well, is_well.astype(int), np.where(is_well, 7.0, -1.0), pd.Series(y)):
        model = GroupLassoClassifier(0.03, groups=4).fit(X, labels)
        np.testing.assert_array_equal(model.coef_, expected.coef_)
        assert model.predict(X).dtype == np.asarray(labels).dtype
        codes = (expected.predict(X) == expected.classes_[1]).astype(int)
        np.testing.assert_array_equal(model.predict(X), model.classes_[codes])


@pytest.mark.parametrize("n_classes", [2, 3])
def test_sparse_frames_weights_and_offsets(classes, n_classes):
    X, y = classes(n_classes)
    X = np.where(np.abs(X - 2) < 0.5, 0, X)
    model = GroupLassoClassifier(0.03, groups=4).fit(X, y)
    sparse = GroupLassoClassifier(0.03, groups=4).fit(sp.csr_array(X), y)
    np.testing.assert_allclose(sparse.coef_, model.coef_, atol=1e-7)
    names = [f"f{n}" for n in range(24)]
    frame = pd.DataFrame(X, columns=names)
    named = GroupLassoClassifier(0.03, groups=[names[n : n + 4] for n in range(0, 24, 4)])
    np.testing.assert_array_equal(named.fit(frame, y).coef_, model.coef_)
    times = np.random.default_rng(1).integers(0, 3, len(y))
    weighted = GroupLassoClassifier(0.03, groups=4).fit(X, y, sample_weight=times)
    repeated = GroupLassoClassifier(0.03, groups=4).fit(X.repeat(times, 0), y.repeat(times))
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, atol=1e-7)
    shape = (len(y),) if n_classes == 2 else (len(y), 3)
    offset = np.random.default_rng(2).standard_normal(shape)
    moved = GroupLassoClassifier(0.03, groups=4).fit(X, y, offset=offset)
    assert not np.allclose(moved.coef_, model.coef_)
    shift = moved.decision_function(X, offset=offset) - moved.decision_function(X)
    np.testing.assert_allclose(shift, offset)


def test_balanced_weights_are_those_of_scikit_learn(classes):
    from sklearn.utils.class_weight import compute_class_weight

    X, y = classes(3)
    kept = (y != "dead") | (np.arange(120) % 3 == 0)
    X, y = X[kept], y[kept]
    model = GroupLassoClassifier(0.03, groups=4, class_weight="balanced").fit(X, y)
    weights = dict(
        zip(
            model.classes_.tolist(),
            compute_class_weight("balanced", classes=model.classes_, y=y),
            strict=True,
        )
    )
    given = GroupLassoClassifier(0.03, groups=4, class_weight=weights).fit(X, y)
    np.testing.assert_allclose(given.coef_, model.coef_, atol=1e-8)


def test_pipelines_and_grid_search(classes):
    X, y = classes(3)
    pipeline = make_pipeline(StandardScaler(), GroupLassoClassifier(groups=4))
    choices = {"grouplassoclassifier__alpha": [0.5, 0.02]}
    grid = GridSearchCV(pipeline, choices, scoring="roc_auc_ovr")
    assert grid.fit(X, y).best_params_ == {"grouplassoclassifier__alpha": 0.02}


@pytest.mark.parametrize("scoring", ["log_loss", "auc", "accuracy"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_searches_measure_folds_as_scikit_learn_does(classes, scoring, n_classes):
    X, y = classes(n_classes)
    search = GroupLassoClassifierCV(groups=4, alphas=[0.2, 0.05, 0.02], cv=3, scoring=scoring)
    search.fit(X, y)
    path = getattr(search, f"{scoring}_path_")
    assert path.shape == (3, 3)
    for fold, (fitted, left) in enumerate(StratifiedKFold(3).split(X, y)):
        model = GroupLassoClassifier(0.05, groups=4).fit(X[fitted], y[fitted])
        expected = _measure(scoring, model, X[left], y[left])
        assert path[1, fold] == pytest.approx(expected, abs=2e-3)
    best = path.mean(axis=1).argmin() if scoring == "log_loss" else path.mean(axis=1).argmax()
    assert search.alpha_ == search.alphas_[best]


def _measure(scoring, model, X, y):
    """Return what scikit-learn measures."""
    proba = model.predict_proba(X)
    if scoring == "log_loss":
        return log_loss(y, proba, labels=model.classes_)
    if scoring == "accuracy":
        return model.score(X, y)
    return roc_auc_score(y, proba[:, 1] if proba.shape[1] == 2 else proba, multi_class="ovr")


def test_criteria_and_lists_of_parameters(classes):
    X, y = classes()
    search = GroupLassoClassifierCV(groups=4, criterion="bic", alphas=20).fit(X, y)
    assert {1, 3} <= set(search.active_groups_)
    search = GroupMCPClassifierCV(groups=4, gamma=[2.0, 4.0], alphas=10, criterion="ebic").fit(X, y)
    assert search.gamma_ in (2.0, 4.0)
    assert {1, 3} <= set(search.active_groups_)


def test_stability_selection_finds_groups_of_classes(classes):
    X, y = classes(2, 200)
    model = GroupLassoClassifier(groups=4)
    stable = StabilitySelection(model, n_pairs=4, n_groups=2, random_state=0, alphas=20)
    assert list(stable.fit(X, y).selected_groups_) == [1, 3]


def test_auc_counts_ties_and_weights():
    rng = np.random.default_rng(0)
    is_positive, scores = rng.random(50) < 0.4, rng.integers(0, 6, 50).astype(float)
    weights = rng.uniform(0.5, 2, 50)
    expected = roc_auc_score(is_positive, scores, sample_weight=weights)
    assert compute_auc(is_positive, scores, weights) == pytest.approx(expected)


def test_separable_classes_are_bounded_by_the_penalty():
    X = np.linspace(-1, 1, 40)[:, None] * np.ones(4)
    model = GroupLassoClassifier(0.01, groups=4).fit(X, X[:, 0] > 0)
    assert model.solution_.status.is_success
    assert model.score(X, X[:, 0] > 0) == 1


@pytest.mark.filterwarnings("default::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("n_classes", [2, 3])
def test_separable_classes_without_a_penalty_are_said_to_be(n_classes):
    X = np.linspace(-1, 1, 60)[:, None] * np.ones(2)
    y = np.floor((X[:, 0] + 1) * n_classes / 2.001)
    with pytest.warns(ConvergenceWarning, match="the classes are separable, and no penalty"):
        GroupLassoClassifier(groups=[-1, 0]).fit(X, y)


X, Y = np.random.default_rng(0).standard_normal((20, 12)), np.arange(20) % 2
REFUSED = {
    "one class": (
        GroupLassoClassifier(),
        np.zeros(20),
        "y must hold at least two classes, got one",
    ),
    "fractions": (GroupLassoClassifier(), X[:, 0], "y must hold class labels.*use GroupLasso$"),
    "fractions, search": (GroupLassoClassifierCV(), X[:, 0], "use GroupLassoCV$"),
    "fractions, MCP": (GroupMCPClassifierCV(), X[:, 0], "use GroupMCPRegressorCV$"),
    "columns": (GroupLassoClassifier(), X[:, :2], "y should be a 1d array"),
    "NaN": (GroupLassoClassifier(), np.where(Y, np.nan, Y), "Input y contains NaN"),
    "classes for numbers": (GroupLasso(), Y.astype(str), "use GroupLassoClassifier"),
    "class_weight": (GroupLassoClassifier(class_weight="even"), Y, "class_weight must be None"),
    "unknown class": (GroupLassoClassifier(class_weight={3: 1}), Y, "class_weight .* 3"),
    "negative": (GroupLassoClassifier(class_weight={0: -1}), Y, "class_weight must not be neg"),
    "scoring": (GroupLassoClassifierCV(scoring="mse"), Y, "scoring must be one of"),
    "rare class": (GroupLassoClassifierCV(cv=[([0, 2, 4], [1, 3])]), Y, "cv: fold 0 has no .* 1"),
    "adaptive": (SparseGroupLassoClassifier(adaptive=2), Y, "adaptive must be True or False"),
    "ridge": (GroupLassoClassifier(ridge=-1), Y, "ridge must be"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_says_what_is_wrong(case):
    estimator, targets, words = REFUSED[case]
    with pytest.raises(ValueError, match=words):
        estimator.fit(X, targets)


def test_a_class_without_weight_is_named():
    with pytest.raises(ValueError, match="y has no sample of class 1 of positive weight"):
        GroupLassoClassifier().fit(X, Y, sample_weight=1 - Y)


def test_an_offset_of_another_shape_is_named():
    with pytest.raises(ValueError, match="offset must be real and of shape"):
        GroupLassoClassifier().fit(X, Y, offset=np.ones(3))
