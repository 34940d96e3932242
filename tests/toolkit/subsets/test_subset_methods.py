"""Every method chooses as many different features as asked for; the search finds the best."""

from itertools import combinations

import numpy as np
import pytest

from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solvers import (
    BlockOMP,
    GammaContinuation,
    SimultaneousNIHT,
    SparseBayesianLearning,
    SubsetSearch,
)
from groupsparse.toolkit.subsets.by_tolerance import ByTolerance
from groupsparse.toolkit.subsets.methods import METHODS, as_method
from groupsparse.toolkit.subsets.reduced_problem import ReducedProblem, make_column_problem
from groupsparse.toolkit.subsets.subset_errors import order_errors, subset_errors


def table(shape=(20, 8), rank=6, seed=0, dtype=float):
    generator = np.random.default_rng(seed)
    left, right = (
        generator.standard_normal((shape[0], rank)),
        generator.standard_normal((rank, shape[1])),
    )
    X = left @ right + 0.2 * generator.standard_normal(shape)
    if np.dtype(dtype).kind == "c":
        X = X + 1j * generator.standard_normal(shape)
    return X.astype(dtype)


def best_errors(X, Y, sizes):
    everything = range(X.shape[1])
    return [min(subset_errors(X, Y, combinations(everything, n))) for n in sizes]


def errors(X, Y, found):
    return subset_errors(X, Y, found.values())


@pytest.fixture(params=METHODS)
def name(request):
    return request.param


@pytest.mark.covering(2)
@pytest.mark.parametrize("shape", [(20, 8), (9, 15)], ids=str)
@pytest.mark.parametrize("dtype", [np.float64, np.complex128])
def test_there_are_n_different_features_for_each_size(name, shape, dtype):
    X, sizes = table(shape, dtype=dtype), [1, 2, 5, 7]
    found = METHODS[name].subsets(Problem(X, X), sizes)
    assert list(found) == sizes
    for n, features in found.items():
        assert features.dtype.kind == "i"
        assert len(set(features.tolist())) == features.size == n
        assert 0 <= features.min() <= features.max() < shape[1]
    assert (np.diff(errors(X, X, found)) < 0).all() or name == "leverage"


def test_sizes_beyond_the_rank_are_left_out(name):
    X = table()[:, :4] @ np.random.default_rng(1).standard_normal((4, 9))
    found = METHODS[name].subsets(Problem(X, X), [2, 4, 5, 20])
    assert list(found) == [2, 4]
    assert errors(X, X, found)[1] < 1e-6 * np.linalg.norm(X)


@pytest.mark.parametrize("n_targets", [2, 30])
def test_targets_decide_where_there_are_any(n_targets):
    """Three of the columns explain them: methods that look at targets find these."""
    generator = np.random.default_rng(3)
    X = generator.standard_normal((40, 12))
    Y = X[:, [2, 5, 11]] @ generator.standard_normal((3, n_targets))
    Y += 0.01 * generator.standard_normal(Y.shape)
    for name in ("search", "swaps", "forward", "ow", "somp", "l21"):
        assert set(METHODS[name].subsets(Problem(X, Y), [3])[3]) == {2, 5, 11}, name


@pytest.mark.parametrize("dtype", [np.float64, np.complex128])
@pytest.mark.parametrize("seed", range(3))
def test_the_search_finds_the_best_of_eight(seed, dtype):
    X, sizes = table(seed=seed, dtype=dtype), range(1, 8)
    found = METHODS["search"].subsets(Problem(X, X), sizes)
    np.testing.assert_allclose(errors(X, X, found), best_errors(X, X, sizes), rtol=1e-9)
    alone = METHODS["search"].subsets(Problem(X, X), [3])
    assert set(alone[3]) == set(found[3])


def test_exchanges_are_never_above_forward_selection():
    X, sizes = table((30, 25), rank=15), range(1, 20)
    curves = {
        name: errors(X, X, METHODS[name].subsets(Problem(X, X), sizes))
        for name in ("search", "swaps", "forward")
    }
    assert (curves["search"] <= curves["swaps"] * (1 + 1e-9)).all()
    assert (curves["swaps"] <= curves["forward"] * (1 + 1e-9)).all()


@pytest.mark.parametrize("name", ["search", "swaps", "sa-music", "sniht"])
def test_sets_are_in_the_order_of_forward_selection_among_them(name):
    X = table((30, 12))
    features = METHODS[name].subsets(Problem(X, X), [5])[5].tolist()
    for n in range(5):
        tried = {j: subset_errors(X, X, [[*features[:n], j]])[0] for j in features[n:]}
        assert features[n] == min(tried, key=tried.get)


def test_orders_by_tolerance_are_those_of_row_norms():
    X = np.diag([1.0, 4.0, 3.0, 2.0])
    for name in ("ow", "l21"):
        assert METHODS[name].subsets(Problem(X, X), [1, 3])[3].tolist() == [1, 2, 3]


@pytest.mark.parametrize("name", ["ow", "l21"])
def test_tolerances_give_less_than_three_tenths_above_the_best(name):
    X, sizes = table((40, 10), rank=8, seed=1), range(1, 9)
    found = METHODS[name].subsets(Problem(X, X), sizes)
    assert (errors(X, X, found) <= 1.3 * np.array(best_errors(X, X, sizes))).all()


def test_the_reduced_problem_has_the_same_errors():
    for shape, n_targets in (((30, 6), 40), ((6, 30), 40), ((30, 6), 2)):
        X = table(shape)
        Y = np.random.default_rng(9).standard_normal((shape[0], n_targets))
        reduced = ReducedProblem(Problem(X, Y))
        assert max(reduced.columns.shape[0], reduced.data.shape[1]) <= 6
        full = order_errors(X, Y, range(5))
        unit = np.linalg.norm(full[0]), order_errors(reduced.columns, reduced.data, range(5))
        falls = np.diff(full**2) / (full[0] ** 2 - full[-1] ** 2)
        expected = np.diff(unit[1] ** 2) / (unit[1][0] ** 2 - unit[1][-1] ** 2)
        np.testing.assert_allclose(falls, expected, rtol=1e-8)


@pytest.mark.parametrize("dtype", [np.float64, np.complex128])
def test_a_column_problem_has_the_same_answers_with_few_channels(dtype):
    X = table((6, 30), dtype=dtype)
    small = make_column_problem(X)
    assert small.shape == (30, 6)
    for name in ("search", "ow", "ra-ormp"):
        found, expected = (METHODS[name].subsets(p, [4])[4] for p in (small, Problem(X, X)))
        assert set(found) == set(expected)
    np.testing.assert_allclose(
        order_errors(X, small.data, range(4)), order_errors(X, X, range(4)), rtol=1e-10
    )
    assert make_column_problem(X.T).shape == (6, 6)
    with pytest.raises(ValueError, match="X and Y must be matrices with the same rows"):
        make_column_problem(X, X[:3])


@pytest.mark.parametrize(
    "solver",
    [
        BlockOMP(n_groups=7),
        SimultaneousNIHT(n_groups=7),
        SubsetSearch(7),
        GammaContinuation(1.0, refit=False),
        SparseBayesianLearning(noise_level=1.0),
        ByTolerance(GammaContinuation(1.0, refit=False), factors=(1.0,)),
    ],
    ids=lambda solver: type(solver).__name__,
)
def test_solvers_are_methods(solver):
    X = table()
    found = as_method(solver).subsets(Problem(X, X), [2, 3])
    assert [features.size for features in found.values()] == [2, 3]
    assert as_method("forward") is METHODS["forward"]


@pytest.mark.parametrize("method", ["nonsense", None, 3, SubsetSearch, object()])
def test_anything_else_is_refused_with_all_names(method):
    with pytest.raises(ValueError, match=r"method must be one of 'search', 'swaps', .* got"):
        as_method(method)


@pytest.mark.covering(1)
@pytest.mark.parametrize("size", [0, -1, 1.5, "2"])
def test_sizes_are_positive_integers(name, size):
    with pytest.raises(ValueError, match="sizes must be an integer of at least 1"):
        METHODS[name].subsets(Problem(np.eye(3), np.eye(3)), [1, size])


def test_groups_must_be_single_features(name):
    problem = Problem(np.eye(4), np.eye(4), groups=2)
    with pytest.raises(ValueError, match="groups must be single features"):
        METHODS[name].subsets(problem, [1])
