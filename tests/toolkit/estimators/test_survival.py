"""Survival estimators: what they read, risk scores, baseline, concordance, and plain references."""

import pickle

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from scipy.optimize import minimize
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from groupsparse import (
    GroupL0Survival,
    GroupLasso,
    GroupLassoSurvival,
    GroupLassoSurvivalCV,
    GroupSCADSurvivalCV,
    StabilitySelection,
)
from groupsparse.toolkit.estimators.kinds.agreement import compute_concordance

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", [GroupLassoSurvival, GroupL0Survival])
def test_check_estimator(kind):
    """All other estimators differ in their penalty alone."""
    check_estimator(kind())


def test_groups_and_scores(survival, times):
    X, y = times()
    model = survival.fit(X, y)
    assert list(model.active_groups_) == [1, 3] or {1, 3} < set(model.active_groups_)
    assert model.coef_.shape == (24,)
    risk = model.predict(X)
    assert risk.mean() == pytest.approx(0, abs=1e-10)
    np.testing.assert_allclose(risk, X @ model.coef_ + model.intercept_)
    assert model.score(X, y) > 0.85
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict(X), risk)
    assert not hasattr(clone(model), "coef_")


def partial_loss(coef, X, y):
    """The negative logarithm of Breslow's partial likelihood, sum by sum."""
    scores = X @ coef
    total = 0.0
    for score, (event, time) in zip(scores, y, strict=True):
        if event:
            total += np.log(np.exp(scores[y["time"] >= time]).sum()) - score
    return total


def test_few_free_features_are_those_of_the_partial_likelihood(times):
    X, y = times()
    y["time"] = np.round(y["time"], 1) + 0.1  # ties
    model = GroupLassoSurvival(groups=[-1, -1, -1]).fit(X[:, 4:7], y)
    expected = minimize(partial_loss, np.zeros(3), (X[:, 4:7] - 2, y), tol=1e-12)
    np.testing.assert_allclose(model.coef_, expected.x, atol=1e-5)


def test_groups_of_one_are_coxnet(times):
    linear = pytest.importorskip("sksurv.linear_model")
    X, y = times()
    theirs = linear.CoxnetSurvivalAnalysis(l1_ratio=1.0, alphas=[0.05], tol=1e-12, max_iter=10**6)
    theirs.fit(X, y)
    ours = GroupLassoSurvival(0.05).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_[:, 0], atol=1e-5)


def test_all_forms_of_targets_are_the_same(times):
    X, y = times()
    expected = GroupLassoSurvival(0.02, groups=4).fit(X, y)
    pairs = np.stack([y["time"], y["event"]], axis=1)
    swapped = np.array([(time, event) for event, time in y], [("t", float), ("e", bool)])
    frame = pd.DataFrame({"event": y["event"], "months": y["time"]})
    flags = pd.DataFrame({"time": y["time"], "event": y["event"].astype(int)})
    for targets in (pairs, swapped, frame, flags):
        model = GroupLassoSurvival(0.02, groups=4).fit(X, targets)
        np.testing.assert_array_equal(model.coef_, expected.coef_)
        assert model.score(X, targets) == expected.score(X, y)


def test_times_alone_are_those_of_events(times):
    X, y = times()
    y["event"] = True
    model = GroupLassoSurvival(0.02, groups=4).fit(X, y["time"])
    np.testing.assert_array_equal(model.coef_, GroupLassoSurvival(0.02, groups=4).fit(X, y).coef_)


def test_survival_functions_are_those_of_kaplan_and_meier_without_features(times):
    """In the limit of many samples; Breslow's estimate is the exponential of Nelson and Aalen's."""
    X, y = times()
    model = GroupLassoSurvival(1e3, groups=4).fit(X, y)
    at = [np.sum(y["time"] >= time) for time in model.unique_times_]
    deaths = [np.sum(y["event"] & (y["time"] == time)) for time in model.unique_times_]
    np.testing.assert_allclose(model.baseline_hazard_, np.cumsum(np.divide(deaths, at)))
    np.testing.assert_allclose(model.baseline_survival_, np.exp(-model.baseline_hazard_))
    survival = model.predict_survival_function(X[:3])
    np.testing.assert_allclose(survival, np.tile(model.baseline_survival_, (3, 1)))
    assert (model.predict_survival_function(X[:1], times=[1e-9]) == 1).all()


def test_survival_falls_with_risk(times):
    X, y = times()
    model = GroupLassoSurvival(0.02, groups=4).fit(X, y)
    order = np.argsort(model.predict(X))
    curves = model.predict_survival_function(X[order], times=[0.5, 1.0, 1.5])
    assert (np.diff(curves, axis=0) <= 0).all()
    assert (np.diff(curves, axis=1) <= 0).all()
    hazards = model.predict_cumulative_hazard_function(X[order], times=[0.5, 1.0, 1.5])
    np.testing.assert_allclose(np.exp(-hazards), curves)


def test_sparse_features_weights_and_offsets(times):
    X, y = times()
    X = np.where(np.abs(X - 2) < 0.5, 0, X)
    model = GroupLassoSurvival(0.02, groups=4).fit(X, y)
    sparse = GroupLassoSurvival(0.02, groups=4).fit(sp.csc_array(X), y)
    np.testing.assert_allclose(sparse.coef_, model.coef_, atol=1e-7)
    counts = np.random.default_rng(1).integers(0, 3, len(y))
    weighted = GroupLassoSurvival(0.02, groups=4).fit(X, y, sample_weight=counts)
    repeated = GroupLassoSurvival(0.02, groups=4).fit(X.repeat(counts, 0), y.repeat(counts))
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, atol=1e-7)
    np.testing.assert_allclose(weighted.baseline_hazard_, repeated.baseline_hazard_, atol=1e-7)
    offset = X[:, :4] @ np.ones(4)
    moved = GroupLassoSurvival(0.02, groups=4).fit(X, y, offset=offset)
    np.testing.assert_allclose(moved.predict(X, offset=offset) - moved.predict(X), offset)
    assert not np.allclose(moved.coef_, model.coef_)


def test_concordance_is_counted_pair_by_pair():
    rng = np.random.default_rng(0)
    signed = rng.integers(1, 8, 40) * rng.choice([-1.0, 1.0], 40)
    scores, weights = rng.integers(0, 5, 40).astype(float), rng.uniform(0.5, 2, 40)
    agreeing = total = 0.0
    for i in range(40):
        for j in range(40):
            later = abs(signed[j]) > signed[i] or (signed[j] < 0 and -signed[j] == signed[i])
            if signed[i] > 0 and later:
                weight = weights[i] * weights[j]
                total += weight
                agreeing += weight * ((scores[i] > scores[j]) + 0.5 * (scores[i] == scores[j]))
    assert compute_concordance(signed, scores, weights) == pytest.approx(agreeing / total)


def test_searches(times):
    X, y = times()
    search = GroupLassoSurvivalCV(groups=4, alphas=10, cv=3).fit(X, y)
    assert search.deviance_path_.shape == (10, 3)
    assert {1, 3} <= set(search.active_groups_)
    assert search.alpha_ == search.alphas_[search.deviance_path_.mean(axis=1).argmin()]
    by_order = GroupLassoSurvivalCV(groups=4, alphas=10, cv=3, scoring="concordance").fit(X, y)
    assert by_order.concordance_path_.max() > 0.8
    scad = GroupSCADSurvivalCV(groups=4, alphas=10, criterion="ebic").fit(X, y)
    assert list(scad.active_groups_) == [1, 3]


def test_pipelines_grid_search_and_stability(times):
    X, y = times()
    pipeline = make_pipeline(StandardScaler(), GroupLassoSurvival(groups=4))
    grid = GridSearchCV(pipeline, {"grouplassosurvival__alpha": [1.0, 0.02]}, cv=3).fit(X, y)
    assert grid.best_params_ == {"grouplassosurvival__alpha": 0.02}
    stable = StabilitySelection(
        GroupLassoSurvival(groups=4), n_pairs=4, n_groups=2, random_state=0, alphas=20
    )
    assert list(stable.fit(X, y).selected_groups_) == [1, 3]


X, T = np.random.default_rng(0).standard_normal((20, 12)), np.arange(1.0, 21)
REFUSED = {
    "no event": (np.stack([T, 0 * T], axis=1), "y has no event"),
    "time of zero": (np.stack([T - 1, 0 * T + 1], axis=1), "the time of y must be positive, got 0"),
    "negative times": (-T, "the time of y must be positive"),
    "fractions of events": (np.stack([T, T / 40], axis=1), "the event of y must be True or False"),
    "three columns": (X[:, :3], "y must be a structured array of event and time"),
    "fields": (pd.DataFrame({"a": T, "b": T}), "y must have an event that is True or False"),
    "labels": (np.array(["a", "b"] * 10), "use GroupLassoClassifier"),
    "NaN": (np.where(T > 3, T, np.nan), "the time of y has"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_says_what_is_wrong(case):
    targets, words = REFUSED[case]
    with pytest.raises(ValueError, match=words):
        GroupLassoSurvival().fit(X, targets)


def test_other_parameters_and_other_estimators_are_named():
    y = np.array([(True, time) for time in T], [("event", bool), ("time", float)])
    with pytest.raises(ValueError, match="ties must be one of"):
        GroupLassoSurvival(ties="exact").fit(X, y)
    with pytest.raises(ValueError, match="scoring must be one of"):
        GroupLassoSurvivalCV(scoring="auc").fit(X, y)
    with pytest.raises(ValueError, match="for survival use GroupLassoSurvival"):
        GroupLasso().fit(X, y)
    y["event"][:10] = False
    with pytest.raises(ValueError, match="cv: fold 0 has no event to fit"):
        GroupLassoSurvivalCV(cv=[(np.arange(5), np.arange(10, 20))]).fit(X, y)
