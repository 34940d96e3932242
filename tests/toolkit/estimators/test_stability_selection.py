"""Stability selection: against a plain reference, its bound, and what scikit-learn does with it."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import sklearn
from matplotlib.colors import same_color
from matplotlib.figure import Figure
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import Lasso, LinearRegression, lasso_path
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from groupsparse.toolkit import estimators
from groupsparse.toolkit.estimators import (
    ConstrainedGroupLasso,
    GroupL0Regressor,
    GroupLasso,
    GroupMCPRegressor,
    GroupOMPRegressor,
    LatentGroupLasso,
    SimultaneousNIHTRegressor,
)
from groupsparse.toolkit.estimators.random_halves import draw_halves
from groupsparse.toolkit.estimators.stability.stability_selection import StabilitySelection

METHODS = (
    "GroupLasso",
    "SparseGroupLasso",
    "LatentGroupLasso",
    "GroupMCPRegressor",
    "GroupSCADRegressor",
    "GroupL0Regressor",
    "OrthogonallyWeightedRegressor",
    "GroupOMPRegressor",
    "SimultaneousOMPRegressor",
    "RankAwareORMPRegressor",
    "SubspaceAugmentedMUSICRegressor",
    "SimultaneousNIHTRegressor",
)
ACTIVE = [1, 3]


def planted(n_targets=0, n_samples=80, noise=1.0, seed=0):
    """Samples of 10 groups of 4 features, of which groups 1 and 3 are active."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_samples, 40))
    coef = np.zeros((40, n_targets)) if n_targets else np.zeros(40)
    for group in ACTIVE:
        coef[4 * group : 4 * group + 4] = rng.choice([-1.0, 1.0], coef[:4].shape)
    y = X @ coef + 3
    return X, y + noise * rng.standard_normal(y.shape)


def selection_of(method="GroupLasso", n_pairs=6, random_state=0, **settings):
    base = getattr(estimators, method)(groups=4)
    few = {}
    if method == "OrthogonallyWeightedRegressor":  # slow: no strength has a warm start
        few = {"alphas": 3}
        base.set_params(gamma=0.5, tol=1e-4)
    return StabilitySelection(base, n_pairs=n_pairs, random_state=random_state, **few, **settings)


def same_halves(one, other):
    assert len(one.halves_) == len(other.halves_)
    for a, b in zip(one.halves_, other.halves_, strict=True):
        np.testing.assert_array_equal(a.groups, b.groups)
        np.testing.assert_array_equal(a.steps, b.steps)
    np.testing.assert_array_equal(one.path_frequencies_, other.path_frequencies_)


# --- the method -----------------------------------------------------------------------------


@pytest.mark.parametrize("n_samples", [4, 7, 50])
def test_pairs_are_disjoint_halves_and_differ(n_samples):
    half = n_samples // 2
    pairs = [draw_halves(n_samples, 5, number) for number in range(4)]
    for one, other in pairs:
        assert one.size == other.size == half
        assert np.unique(np.concatenate([one, other])).size == 2 * half
    if n_samples == 50:
        assert len({tuple(one) for one, _ in pairs}) == 4
    again = draw_halves(n_samples, 5, 3)
    np.testing.assert_array_equal(again, pairs[3])


def lasso_reference(X, y, alphas, n_most, n_pairs, entropy):
    """Return at which step each feature is selected on each half, -1 for never."""
    steps = []
    for number in range(n_pairs):
        for rows in draw_halves(len(y), entropy, number):
            A, b = X[rows] - X[rows].mean(axis=0), y[rows] - y[rows].mean()
            _, coefs, _ = lasso_path(A, b, alphas=alphas, tol=1e-10, max_iter=100_000)
            entered = np.full(X.shape[1], -1)
            for step, coef in enumerate(coefs.T):
                left = n_most - np.count_nonzero(entered >= 0)
                new = np.flatnonzero((np.abs(coef) > 1e-9) & (entered < 0))
                entered[new[np.argsort(-np.abs(coef[new]))][:left]] = step
            steps.append(entered)
    return np.array(steps)


@pytest.mark.parametrize("n_steps", [6, 30])
def test_frequencies_are_those_of_lasso_paths_on_the_same_halves(n_steps):
    X, y = planted(n_samples=61, noise=2.0)
    selection = StabilitySelection(
        GroupLasso(tol=1e-10), n_pairs=8, n_groups=5, alphas=n_steps, random_state=4
    ).fit(X, y)
    expected = lasso_reference(X, y, selection.alphas_, 5, 8, 4)
    frequencies = (expected >= 0).mean(axis=0)
    np.testing.assert_array_equal(selection.frequencies_, frequencies)
    assert np.any((frequencies > 0) & (frequencies < 1))
    for step in range(n_steps):
        had = (expected >= 0) & (expected <= step)
        np.testing.assert_array_equal(selection.path_frequencies_[step], had.mean(axis=0))


def test_no_half_selects_more_than_it_may_and_the_largest_come_first():
    X, y = planted(noise=0.3)
    selection = selection_of(alphas=[1e-3], n_groups=3).fit(X, y)  # all at once
    for number in range(6):
        pair = draw_halves(80, 0, number)
        for rows, half in zip(pair, selection.halves_[2 * number :], strict=False):
            norms = np.linalg.norm(
                GroupLasso(1e-3, groups=4).fit(X[rows], y[rows]).coef_.reshape(10, 4), axis=1
            )
            assert np.count_nonzero(norms) > 3
            np.testing.assert_array_equal(half.groups, np.argsort(-norms)[:3])


# Exchanges of GroupL0Regressor at a tie, and steps of SimultaneousNIHTRegressor, may repeat
# without end on a half.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_the_planted_groups(method):
    X, y = planted(n_targets=3)
    selection = selection_of(method, n_pairs=3).fit(X, y)
    np.testing.assert_array_equal(selection.selected_groups_, ACTIVE)
    np.testing.assert_array_equal(
        selection.get_support(indices=True), [*range(4, 8), *range(12, 16)]
    )
    assert selection.n_groups_ == 2  # sqrt(0.5 * 1 * 10)
    assert all(half.groups.size <= 2 for half in selection.halves_)
    assert np.all(np.diff(selection.path_frequencies_, axis=0) >= 0)


@pytest.mark.parametrize("method", ["GroupLasso", "GroupOMPRegressor"])
def test_noise_gives_no_more_false_groups_than_the_bound(method):
    """Weak demands, so that false selections do happen; about 0.1 of them, far below the bound."""
    rng = np.random.default_rng(3)
    false, n_repeats = [], 15
    base = getattr(estimators, method)(groups=2)
    selection = StabilitySelection(base, n_pairs=6, threshold=0.6, max_false=2.0, alphas=30)
    for seed in range(n_repeats):
        X, y = rng.standard_normal((40, 60)), rng.standard_normal(40)
        selection.set_params(random_state=seed).fit(X, y)
        assert selection.false_bound_ <= 2.0
        false.append(selection.selected_groups_.size)
    deviation = np.std(false) / np.sqrt(n_repeats)
    assert np.mean(false) + 2 * deviation <= 2.0
    # Without the limit on the groups per half most of the noise would be selected.
    free = clone(selection).set_params(n_groups=28).fit(X, y)
    assert free.selected_groups_.size > 2 or method == "GroupOMPRegressor"
    assert free.false_bound_ > 2


def test_the_bound_and_the_number_of_groups_follow_the_theorem():
    X, y = planted()
    for threshold, max_false, n_most in [
        (0.75, 1.0, 2),
        (0.9, 2.0, 4),
        (1.0, 10.0, 10),
        (0.6, 0.01, 1),
    ]:
        selection = selection_of(n_pairs=2, threshold=threshold, max_false=max_false).fit(X, y)
        assert selection.n_groups_ == n_most
        average = np.mean([half.groups.size for half in selection.halves_])
        bound = average**2 / ((2 * threshold - 1) * 10)
        assert selection.false_bound_ == pytest.approx(bound)
        expected = np.flatnonzero(selection.frequencies_ >= threshold)
        np.testing.assert_array_equal(selection.selected_groups_, expected)


def test_steps_are_strengths_or_counts():
    X, y = planted()
    selection = selection_of(alphas=20).fit(X, y)
    critical = GroupLasso(groups=4)._make_grid(*regression_and(X, y), 1e-2)[0]
    assert selection.alphas_[2] == pytest.approx(critical)
    assert selection.alphas_[-1] == pytest.approx(1e-2 * critical)
    assert selection.alphas_.shape == (20,)
    ratios = selection.alphas_[1:] / selection.alphas_[:-1]
    np.testing.assert_allclose(ratios, ratios[0])
    np.testing.assert_array_equal(
        selection_of(alphas=[0.1, 1.0, 0.5]).fit(X, y).alphas_, [1.0, 0.5, 0.1]
    )
    selection.set_params(estimator=GroupOMPRegressor(groups=4), n_groups=3).fit(X, y)
    np.testing.assert_array_equal(selection.n_groups_values_, [1, 2, 3])
    assert not hasattr(selection, "alphas_")
    for half in selection.halves_:
        np.testing.assert_array_equal(half.steps, [0, 1, 2])


def regression_and(X, y):
    return GroupLasso(groups=4).read_training(X, y).make_regression(), 18


# --- groups, weights, samples ----------------------------------------------------------------


def test_what_is_in_no_group_or_free_is_kept_and_not_counted():
    X, y = planted()
    labels = np.repeat(np.arange(10), 4)
    labels[39] = -1
    weights = np.ones(10)
    weights[0], weights[3] = 0, np.inf
    base = GroupLasso(groups=labels, group_weights=weights)
    selection = StabilitySelection(base, n_pairs=5, n_groups=2, random_state=0).fit(X, y)
    np.testing.assert_array_equal(selection.selected_groups_, [1])
    np.testing.assert_array_equal(selection.get_support(indices=True), [*range(8), 39])
    assert selection.frequencies_[0] == selection.frequencies_[3] == 0
    assert selection.false_bound_ == pytest.approx(2**2 / (0.5 * 8))


def test_overlapping_groups():
    X, y = planted()
    groups = [list(range(first, first + 6)) for first in range(0, 36, 4)] + [[36, 37, 38, 39]]
    base = LatentGroupLasso(groups=groups)
    selection = StabilitySelection(base, n_pairs=5, n_groups=2, random_state=0).fit(X, y)
    np.testing.assert_array_equal(selection.selected_groups_, ACTIVE)
    assert selection.get_support().sum() == 12


def test_weights_count_and_samples_without_weight_are_not_there():
    X, y = planted(noise=2.0)
    weights = np.random.default_rng(0).integers(0, 2, 80) * np.linspace(0.1, 3, 80)
    there = weights > 0
    base = GroupLasso(groups=4)
    kept = StabilitySelection(base, n_pairs=6, random_state=1).fit(
        X[there], y[there], sample_weight=weights[there]
    )
    same_halves(
        StabilitySelection(base, n_pairs=6, random_state=1).fit(X, y, sample_weight=weights), kept
    )
    plain = StabilitySelection(base, n_pairs=6, random_state=1).fit(X[there], y[there])
    assert not np.array_equal(plain.path_frequencies_, kept.path_frequencies_)


def test_columns_that_are_constant_on_a_half_do_no_harm():
    X, y = planted()
    X[:, 8] = 0
    X[5, 8] = 1.0
    selection = StabilitySelection(GroupLasso(), n_pairs=6, random_state=0).fit(X, y)
    assert np.all(np.isfinite(selection.path_frequencies_))


def test_groups_of_constant_columns_are_not_among_those_to_select_from():
    X, y = planted()
    X[:, 8:12] = 7.0
    with pytest.warns(UserWarning, match="X is constant in features 8, 9, 10, 11:") as caught:
        selection = selection_of(n_groups=3).fit(X, y)
    assert len(caught) == 1
    assert selection.frequencies_[2] == 0
    average = np.mean([half.groups.size for half in selection.halves_])
    assert selection.false_bound_ == pytest.approx(average**2 / (0.5 * 9))


@pytest.mark.parametrize("method", METHODS)
def test_every_method_copes_with_more_groups_than_a_half_determines(method):
    X, y = planted(n_targets=2, n_samples=14)
    selection = selection_of(method, n_pairs=2, n_groups=10)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        selection.fit(X, y)
    assert np.all(selection.frequencies_ <= 1)
    assert np.any(selection.frequencies_ > 0)


@pytest.mark.parametrize("method", METHODS)
def test_constant_targets_select_nothing(method):
    X, _ = planted(n_targets=2)
    selection = selection_of(method, n_pairs=2).fit(X, np.ones((80, 2)))
    assert not selection.path_frequencies_.any()
    assert selection.false_bound_ == 0


# --- repeatable, in parallel, continued ------------------------------------------------------


@pytest.mark.parametrize("method", ["GroupLasso", "GroupMCPRegressor", "GroupOMPRegressor"])
def test_the_same_result_whatever_the_number_of_jobs(method):
    X, y = planted(noise=3.0)
    one = selection_of(method, n_groups=4).fit(X, y)
    same_halves(one, selection_of(method, n_groups=4, n_jobs=2).fit(X, y))
    other = selection_of(method, n_groups=4, random_state=1).fit(X, y)
    assert not np.array_equal(one.path_frequencies_, other.path_frequencies_)


def test_more_pairs_continue_what_was_done():
    X, y = planted(noise=3.0)
    whole = selection_of(n_pairs=9, n_groups=3).fit(X, y)
    grown = selection_of(n_pairs=4, n_groups=3).fit(X, y)
    first = grown.halves_
    grown.set_params(n_pairs=9, warm_start=True).fit(X, y)
    assert all(a is b for a, b in zip(first, grown.halves_, strict=False))
    same_halves(grown, whole)
    grown.set_params(n_pairs=4).fit(X, y)  # fewer are the first of them
    same_halves(grown, selection_of(n_pairs=4, n_groups=3).fit(X, y))


def test_nothing_is_continued_that_does_not_belong_together():
    X, y = planted(noise=3.0)
    for change in ({"n_groups": 2}, {"estimator__group_weights": "sqrt"}, {"random_state": 1}):
        selection = selection_of(n_groups=3, n_pairs=2, warm_start=True).fit(X, y)
        first = selection.halves_[0]
        selection.set_params(**change).fit(X, y)
        assert selection.halves_[0] is not first
    selection = selection_of(n_groups=3, n_pairs=2, warm_start=True).fit(X, y)
    selection.fit(X, -2 * y + X[:, 0])
    same_halves(selection, selection_of(n_groups=3, n_pairs=2).fit(X, -2 * y + X[:, 0]))


@pytest.mark.parametrize("make", [lambda: None, np.random.default_rng, np.random.RandomState])
def test_random_states_of_all_kinds_can_be_continued(make):
    X, y = planted()
    selection = selection_of(n_pairs=2, random_state=make(), warm_start=True).fit(X, y)
    first = selection.halves_[0]
    assert selection.set_params(n_pairs=3).fit(X, y).halves_[0] is first
    assert len(selection.halves_) == 6


# --- scikit-learn ----------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("base", [GroupLasso(), GroupOMPRegressor()])
def test_check_estimator(base):
    check_estimator(StabilitySelection(base, n_pairs=3, random_state=0))


def test_it_is_cloned_pickled_and_shown():
    X, y = planted()
    selection = selection_of(max_false=2.0).fit(X, y)
    assert repr(clone(selection).get_params()) == repr(selection.get_params())
    assert not hasattr(clone(selection), "halves_")
    again = pickle.loads(pickle.dumps(selection))
    np.testing.assert_array_equal(again.transform(X), selection.transform(X))
    assert repr(StabilitySelection(GroupOMPRegressor(groups=4), n_pairs=7)) == (
        "StabilitySelection(estimator=GroupOMPRegressor(groups=4), n_pairs=7)"
    )


def test_data_frames_keep_their_names():
    X, y = planted()
    frame = pd.DataFrame(X, columns=[f"gene {i}" for i in range(40)])
    groups = [list(frame.columns[4 * g : 4 * g + 4]) for g in range(10)]
    selection = StabilitySelection(GroupLasso(groups=groups), n_pairs=4, random_state=0)
    selection.set_output(transform="pandas").fit(frame, pd.Series(y))
    names = [f"gene {i}" for i in (*range(4, 8), *range(12, 16))]
    assert list(selection.transform(frame).columns) == names
    assert list(selection.get_feature_names_out()) == names
    assert list(selection.feature_names_in_) == list(frame.columns)
    selection.set_params(estimator__groups=4).fit(X, y)
    assert not hasattr(selection, "feature_names_in_")


def test_sparse_features():
    X, y = planted()
    X[np.abs(X) < 0.5] = 0
    expected = selection_of().fit(X, y)
    for kind in (sp.csr_array, sp.csc_matrix, sp.coo_array):
        selection = selection_of().fit(kind(X), y)
        same_halves(selection, expected)
        assert sp.issparse(selection.transform(kind(X)))


def test_in_a_pipeline_whose_threshold_is_searched():
    X, y = planted(n_samples=160)
    pipeline = make_pipeline(StandardScaler(), selection_of(n_groups=3), LinearRegression())
    grid = {
        "stabilityselection__threshold": [0.65, 0.9],
        "stabilityselection__estimator__groups": [4],
    }
    search = GridSearchCV(pipeline, grid, cv=2, error_score="raise").fit(X, y)
    assert search.best_score_ > 0.5
    assert search.best_estimator_[1].selected_groups_.tolist() == ACTIVE


def test_sample_weights_are_routed():
    X, y = planted(noise=2.0)
    weights = np.linspace(0, 2, 80)
    direct = selection_of().fit(X, y, sample_weight=weights)
    with sklearn.config_context(enable_metadata_routing=True):
        selection = selection_of()
        selection.estimator.set_fit_request(sample_weight=True)
        regression = LinearRegression().set_fit_request(sample_weight=True)
        pipeline = make_pipeline(selection, regression).fit(X, y, sample_weight=weights)
    same_halves(pipeline[0], direct)


# --- errors and warnings ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"threshold": 0.5}, r"threshold must be above 0.5 and at most 1, got 0.5"),
        ({"threshold": 1.1}, "threshold"),
        ({"threshold": "0.6"}, "threshold"),
        ({"n_pairs": 0}, "n_pairs must be an integer of at least 1, got 0"),
        ({"max_false": 0}, "max_false must be positive"),
        ({"n_groups": 11}, "n_groups must be at most the number of groups, 10, got 11"),
        ({"n_groups": 0}, "n_groups must be an integer"),
        ({"alphas": 0}, "alphas must be an integer"),
        ({"alphas": [1.0, -1.0]}, "alphas must be positive finite numbers"),
        ({"alphas": ["a", 1]}, "alphas must hold numbers"),
        ({"alphas": 10**30}, "alphas must be an integer from 1 to 1000000"),
        ({"n_jobs": 0}, "n_jobs must be None or an integer other than zero"),
        ({"alphas": [[1.0]]}, "alphas must be a number of strengths"),
        ({"eps": 1.0}, "eps must lie between 0 and 1"),
        ({"random_state": -1}, "random_state"),
        ({"random_state": "zero"}, "random_state"),
        ({"estimator": Lasso()}, r"such as GroupLasso\(\).*got Lasso\(\)"),
        ({"estimator": ConstrainedGroupLasso()}, "got ConstrainedGroupLasso"),
        ({"estimator": GroupLasso}, "path of growing models"),
        ({"estimator": estimators.GroupLassoCV()}, "got GroupLassoCV"),
        ({"estimator": None}, "got None"),
        ({"estimator": GroupLasso(groups=3)}, "must be positive and divide the 40 features"),
        ({"estimator": GroupLasso(groups=4, group_weights=np.zeros(10))}, "no group to select"),
        (
            {"estimator": GroupOMPRegressor(), "alphas": [0.1]},
            "alphas: GroupOMPRegressor has no strength",
        ),
    ],
)
def test_parameters_out_of_range(settings, message):
    X, y = planted()
    selection = selection_of().set_params(**settings)
    with pytest.raises(ValueError, match=message):
        selection.fit(X, y)


def test_data_that_cannot_be_used():
    X, y = planted()
    with pytest.raises(ValueError, match=r"at least 4 samples.*n_samples = 3"):
        selection_of().fit(X[:3], y[:3])
    with pytest.raises(ValueError, match=r"at least 4 samples.*n_samples = 2"):
        selection_of().fit(X, y, sample_weight=np.arange(80) < 2)
    with pytest.raises(ValueError, match="class labels"):
        selection_of().fit(X, np.where(y > 0, "yes", "no"))
    with (
        pytest.raises(ValueError, match=r"no group to select; .* or constant"),
        pytest.warns(UserWarning, match="X is constant in features 0, 1, 2, 3, .* and 30 more"),
    ):
        selection_of().fit(np.ones_like(X), y)
    with pytest.raises(ValueError, match="sample_weight must not be negative"):
        selection_of().fit(X, y, sample_weight=-np.ones(80))
    with pytest.raises(ValueError, match="fit takes X, y and sample_weight, got groups"):
        selection_of().fit(X, y, groups=y)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize(
    "base",
    [GroupMCPRegressor(groups=4, max_iter=1), SimultaneousNIHTRegressor(groups=4, max_iter=1)],
)
def test_one_warning_says_how_many_halves_failed(base, n_jobs):
    X, y = planted()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        selection = StabilitySelection(base, n_pairs=3, random_state=0, n_jobs=n_jobs).fit(X, y)
    n_failed = sum(not half.converged for half in selection.halves_)
    (warning,) = caught
    assert n_failed > 0
    assert issubclass(warning.category, ConvergenceWarning)
    assert f"paths of {n_failed} of 6 halves" in str(warning.message)
    assert warning.filename == __file__


def test_converged_paths_warn_of_nothing():
    X, y = planted()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for base in (GroupLasso(groups=4), GroupL0Regressor(groups=4), GroupOMPRegressor(groups=4)):
            StabilitySelection(base, n_pairs=2, random_state=0).fit(X, y)


# --- the picture -----------------------------------------------------------------------------


def test_the_plot_shows_selected_groups_and_the_threshold():
    X, y = planted(noise=2.0)
    selection = selection_of(n_groups=4).fit(X, y)
    axes = selection.plot_path(Figure().subplots(), labels=[f"pathway {g}" for g in range(10)])
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    shown = sorted(f"pathway {g} ({selection.frequencies_[g]:.2f})" for g in ACTIVE)
    assert sorted(labels[:2]) == shown
    assert labels[2:] == ["not selected", "threshold (0.75)"]
    lines = axes.get_lines()
    np.testing.assert_array_equal(lines[-1].get_ydata(), [0.75, 0.75])
    assert not same_color(lines[0].get_color(), lines[1].get_color())
    for line, label in zip(lines, labels[:2], strict=False):
        group = int(label.split()[1])
        n_shown = line.get_ydata().size
        np.testing.assert_array_equal(
            line.get_ydata(), selection.path_frequencies_[:n_shown, group]
        )
        assert line.get_ydata()[-1] == selection.frequencies_[group]
    rare = (selection.frequencies_ > 0) & (selection.frequencies_ < 0.75)
    assert len(axes.collections[0].get_paths()) == rare.sum()
    assert axes.get_xscale() == "log"
    assert axes.get_xlim()[0] > axes.get_xlim()[1]
    with pytest.raises(ValueError, match="labels must be 10"):
        selection.plot_path(Figure().subplots(), labels=["a"])


def test_the_plot_names_features_and_only_ten_of_them():
    X, _ = planted()
    y = X[:, :14] @ np.geomspace(1, 1000, 14)
    frame = pd.DataFrame(X, columns=[f"gene {i}" for i in range(40)])
    selection = StabilitySelection(GroupOMPRegressor(), n_pairs=3, n_groups=12, random_state=0)
    axes = selection.fit(frame, y).plot_path(Figure().subplots())
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    n_selected = selection.selected_groups_.size
    assert n_selected > 10
    assert sum(label.startswith("gene ") for label in labels) == 10
    assert f"{n_selected - 10} more" in labels
    assert axes.get_xscale() == "linear"


def test_the_plot_of_nothing():
    X, y = planted()
    selection = StabilitySelection(GroupLasso(), n_pairs=2, alphas=[1e6], random_state=0).fit(X, y)
    legend = selection.plot_path(Figure().subplots()).get_legend()
    assert [text.get_text() for text in legend.get_texts()] == ["threshold (0.75)"]
    with pytest.warns(UserWarning, match="No features were selected"):
        assert selection.transform(X).shape == (80, 0)
