"""Subset search against brute force, and the figures of every exchange against the definition."""

from itertools import combinations

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

from groupsparse.toolkit.convergence import ConvergenceWarning
from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solution import Progress, Status
from groupsparse.toolkit.solvers.subset import all_subsets as _all_subsets
from groupsparse.toolkit.solvers.subset.subset_fit import SubsetFit
from groupsparse.toolkit.solvers.subset.subset_search import SubsetSearch
from groupsparse.toolkit.testing import random_array

DTYPES = pytest.mark.parametrize("dtype", ["float64", "complex128"])
SHAPES = pytest.mark.parametrize("shape", [(20, 9), (6, 10), (9, 9)], ids=str)
CHANNELS = pytest.mark.parametrize("n_channels", [1, 3, 40])
EXCHANGES_ONLY = {"width": 1, "depth": 0}


def misfit(matrix, data, features):
    """The norm of the residual of the fit on some columns."""
    columns = matrix[:, np.asarray(features, dtype=int)]
    return np.linalg.norm(data - columns @ np.linalg.lstsq(columns, data, rcond=None)[0])


def smallest(matrix, data, n, always=()):
    """The smallest residual of all sets of n columns."""
    others = set(range(matrix.shape[1])) - set(always)
    return min(misfit(matrix, data, [*always, *some]) for some in combinations(others, n))


def swapped(matrix, data, members):
    """Make the best exchange until none helps."""
    members, best = list(members), misfit(matrix, data, members)
    while True:
        tried = {
            (place, j): misfit(matrix, data, [*members[:place], *members[place + 1 :], j])
            for place in range(len(members))
            for j in set(range(matrix.shape[1])) - set(members)
        }
        place, j = min(tried, key=tried.__getitem__, default=(0, 0))
        if not tried or tried[place, j] >= best * (1 - 1e-10):
            return members, best
        members[place], best = j, tried[place, j]


def forward(matrix, data, n):
    """Forward selection that fits every candidate anew."""
    members = []
    while len(members) < n:
        others = set(range(matrix.shape[1])) - set(members)
        members.append(min(others, key=lambda j: misfit(matrix, data, [*members, j])))
    return members


def correlated(shape, dtype="float64", n_channels=3, seed=0):
    """Columns that have much in common, and data of no model."""
    rng = np.random.default_rng((seed, *shape))
    matrix = random_array(shape, dtype, rng)
    matrix = matrix + matrix @ random_array((shape[1], shape[1]), dtype, rng) / np.float32(2)
    return matrix.astype(dtype), random_array((shape[0], n_channels), dtype, rng)


@pytest.mark.covering(2)
@SHAPES
@DTYPES
@CHANNELS
def test_the_best_of_all_sets_is_found(shape, dtype, n_channels):
    matrix, data = correlated(shape, dtype, n_channels)
    problem = Problem(matrix, data)
    for n in range(1, min(shape)):
        solution = SubsetSearch(n, width=10).solve(problem)
        assert solution.status is Status.CONVERGED
        assert solution.active_groups.size == n
        assert solution.residual_norm == pytest.approx(smallest(matrix, data, n), rel=1e-9)
        assert solution.certificate.value < 1e-12
        coef = np.linalg.lstsq(matrix[:, solution.active_groups], data, rcond=None)[0]
        np.testing.assert_allclose(solution.coef[solution.active_groups], coef, atol=1e-9)


@pytest.mark.parametrize("shape", [(20, 9), (9, 9)], ids=str)
@CHANNELS
def test_the_search_finds_the_best_sets_without_trying_all(shape, n_channels, monkeypatch):
    monkeypatch.setattr(_all_subsets, "_MOST_WORK", 0)
    matrix, data = correlated(shape, "complex128", n_channels)
    for n in range(1, min(shape)):
        solution = SubsetSearch(n, width=10).solve(Problem(matrix, data))
        assert solution.status is Status.CONVERGED
        assert solution.residual_norm == pytest.approx(smallest(matrix, data, n), rel=1e-9)


def test_one_set_of_each_size_is_carried_on(monkeypatch):
    """The least that a search keeps: never worse than forward selection, and mostly better."""
    monkeypatch.setattr(_all_subsets, "_MOST_WORK", 0)
    better = 0
    for seed in range(10):
        matrix, data = correlated((12, 14), n_channels=2, seed=seed)
        found = SubsetSearch(6, width=1).solve(Problem(matrix, data)).residual_norm
        greedy = misfit(matrix, data, forward(matrix, data, 6))
        assert found <= greedy * (1 + 1e-10)
        better += found < greedy * (1 - 1e-6)
    assert better >= 5


@SHAPES
@pytest.mark.parametrize("n_channels", [1, 3])
def test_all_sets_are_tried_where_they_are_few(shape, n_channels):
    """Also sets of nearly as many features as rows, some of which fit almost exactly."""
    for seed in range(5):
        rng = np.random.default_rng((seed, *shape))
        matrix, data = rng.standard_normal(shape), rng.standard_normal((shape[0], n_channels))
        n = min(5, min(shape) - 1)
        solution = SubsetSearch(n).solve(Problem(matrix, data))
        assert solution.residual_norm == pytest.approx(smallest(matrix, data, n), rel=1e-9)


def test_sets_of_dependent_columns_are_not_tried():
    """A column that stands twice explains nothing the second time."""
    matrix = np.array([[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.1], [0.0, 0.0, 0.0, 1.0]])
    subsets, energies = _all_subsets.fit_all_subsets(matrix, np.ones((3, 1)), 2)
    assert [0, 1] not in subsets.tolist()
    assert len(subsets) == energies.size == 5


@SHAPES
@pytest.mark.parametrize("seed", range(3))
def test_column_subsets_are_the_best_of_all(shape, seed):
    """The data are the matrix itself."""
    matrix, _ = correlated(shape, seed=seed)
    path = SubsetSearch(min(shape) - 1, width=10).path(Problem(matrix, matrix))
    assert [members.size for members in path] == list(range(1, min(shape)))
    for members in path:
        expected = smallest(matrix, matrix, members.size)
        assert misfit(matrix, matrix, members) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("n", [1, 3, 9])
@pytest.mark.parametrize("depth", [0, 2])
def test_history_orders_by_importance(n, depth):
    matrix, data = correlated((15, 9))
    solution = SubsetSearch(n, depth=depth).solve(Problem(matrix, data))
    order = solution.history["group"].astype(int).tolist()
    assert sorted(order) == solution.active_groups.tolist()
    inside = forward(matrix[:, sorted(order)], data, n)
    assert order == [sorted(order)[i] for i in inside]
    assert solution.history["n_active"].tolist() == list(range(1, n + 1))
    errors = [misfit(matrix, data, order[: i + 1]) for i in range(n)]
    np.testing.assert_allclose(solution.history["residual_norm"], errors, rtol=1e-10)


@pytest.mark.parametrize("wrap", [sp.csr_array, aslinearoperator, np.asfortranarray])
def test_however_the_matrix_is_passed(wrap):
    matrix, data = correlated((12, 20), "complex128")
    expected = SubsetSearch(4).solve(Problem(matrix, data))
    solution = SubsetSearch(4).solve(Problem(wrap(matrix), data))
    np.testing.assert_array_equal(solution.active_groups, expected.active_groups)
    np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-10)


@SHAPES
@pytest.mark.parametrize("dtype", ["float32", "complex64"])
def test_single_precision(shape, dtype):
    matrix, data = correlated(shape, dtype)
    wide = np.result_type(dtype, np.float64)
    solution = SubsetSearch(3, width=10).solve(Problem(matrix, data))
    assert solution.coef.dtype == dtype
    expected = smallest(matrix.astype(wide), data.astype(wide), 3)
    assert solution.residual_norm == pytest.approx(expected, rel=1e-5)
    assert solution.certificate.value < 1e-5


@pytest.mark.parametrize("seed", range(4))
@DTYPES
def test_exchanges_end_where_none_helps(seed, dtype):
    """From a start of the wrong features, with as many, more and fewer than asked for."""
    matrix, data = correlated((10, 14), dtype, seed=seed)
    for n_start in (1, 5, 9):
        start = np.zeros((14, 3))
        start[:n_start, 1] = 1
        solution = SubsetSearch(5, **EXCHANGES_ONLY).solve(Problem(matrix, data), start)
        assert solution.active_groups.size == 5
        _, best = swapped(matrix, data, solution.active_groups)
        assert best == pytest.approx(solution.residual_norm, rel=1e-8)


@pytest.mark.parametrize("seed", range(4))
def test_exchanges_are_the_best_ones_in_turn(seed):
    matrix, data = correlated((10, 14), seed=seed)
    start = np.zeros((14, 3))
    start[3:8] = 1
    expected, error = swapped(matrix, data, range(3, 8))
    seen = []
    search = SubsetSearch(5, **EXCHANGES_ONLY, callback=seen.append)
    solution = search.solve(Problem(matrix, data), start)
    assert solution.active_groups.tolist() == sorted(expected)
    assert solution.residual_norm == pytest.approx(error)
    assert len(seen) == solution.iterations >= 1
    assert (np.diff([progress.objective for progress in seen]) < 0).all()


@SHAPES
def test_the_path_is_not_above_forward_selection_with_swaps(shape):
    for seed in range(3):
        matrix, _ = correlated(shape, seed=seed)
        path = SubsetSearch(5, width=1).path(Problem(matrix, matrix))
        order = forward(matrix, matrix, 5)
        for n, members in enumerate(path, start=1):
            _, expected = swapped(matrix, matrix, order[:n])
            assert misfit(matrix, matrix, members) <= expected * (1 + 1e-9)


def test_the_last_size_of_a_path_is_searched_as_any_other():
    """Sets of more features than asked for help it, too: without them the third seed is worse."""
    for seed in range(8):
        matrix, _ = correlated((6, 10), seed=seed)
        for n in (4, 5):
            last = SubsetSearch(n, width=1).path(Problem(matrix, matrix))[-1]
            alone = SubsetSearch(n, width=1).solve(Problem(matrix, matrix))
            assert last.size == n
            assert misfit(matrix, matrix, last) <= alone.residual_norm * (1 + 1e-9)


@DTYPES
@SHAPES
def test_unpenalised_features_are_always_fitted(dtype, shape):
    matrix, data = correlated(shape, dtype)
    labels = np.arange(shape[1]) - 2
    labels[:2] = -1
    solution = SubsetSearch(3, width=10).solve(Problem(matrix, data, labels))
    expected = smallest(matrix, data, 3, always=(0, 1))
    assert solution.residual_norm == pytest.approx(expected, rel=1e-9)
    assert solution.coef[:2].all()
    assert misfit(matrix, data, [0, 1, *(solution.active_groups + 2)]) == pytest.approx(expected)


def test_features_that_the_unpenalised_ones_explain_are_not_chosen():
    matrix, data = correlated((12, 6))
    matrix[:, 2:4] = matrix[:, :2] @ [[1.0, 2.0], [3.0, -1.0]]
    with pytest.warns(ConvergenceWarning, match="n_groups"):
        solution = SubsetSearch(4).solve(Problem(matrix, data, [-1, -1, 0, 1, 2, 3]))
    assert solution.active_groups.tolist() == [2, 3]


@pytest.mark.parametrize("shape", [(20, 9), (8, 20)], ids=str)
@DTYPES
def test_no_more_than_are_independent(shape, dtype):
    rng = np.random.default_rng(0)
    left, right = random_array((shape[0], 4), dtype, rng), random_array((4, shape[1]), dtype, rng)
    matrix, data = left @ right, random_array((shape[0], 3), dtype, rng)
    with pytest.warns(ConvergenceWarning, match="n_groups"):
        solution = SubsetSearch(8).solve(Problem(matrix, data))
    assert solution.status is Status.SATURATED
    assert solution.active_groups.size == 4
    assert solution.residual_norm == pytest.approx(misfit(matrix, data, range(shape[1])))
    assert [members.size for members in SubsetSearch(8).path(Problem(matrix, data))] == [1, 2, 3, 4]


def test_duplicated_and_zero_columns():
    matrix, data = correlated((12, 10))
    matrix[:, 5:8], matrix[:, 8:] = matrix[:, :3] * [1.0, -2.0, 1e-9], 0
    solution = SubsetSearch(3, width=10).solve(Problem(matrix, data))
    assert solution.residual_norm == pytest.approx(smallest(matrix, data, 3), rel=1e-9)
    with pytest.warns(ConvergenceWarning, match="n_groups"):
        whole = SubsetSearch(10).solve(Problem(matrix, data))
    assert whole.active_groups.size == 5
    assert set(whole.active_groups % 5) == {0, 1, 2, 3, 4}
    assert whole.active_groups.max() < 8


@SHAPES
@pytest.mark.parametrize("width", [1, None])
def test_nothing_to_fit(shape, width):
    matrix, data = correlated(shape)
    for problem in (Problem(matrix, 0 * data), Problem(0 * matrix, data)):
        with pytest.warns(ConvergenceWarning, match="n_groups"):
            solution = SubsetSearch(3, width=width).solve(problem)
        assert solution.status is Status.SATURATED
        assert solution.active_groups.size == 0
        assert not solution.coef.any()
        assert solution.history["group"].size == 0
        assert SubsetSearch(3, width=width).path(problem) == []


@SHAPES
@pytest.mark.parametrize("seed", range(3))
def test_data_that_few_features_explain(shape, seed):
    """Nothing is chosen to explain rounding."""
    matrix, _ = correlated(shape, seed=seed)
    problem = Problem(matrix, matrix[:, [2, 5]] @ np.array([[1.0, 2.0], [-1.0, 1.0]]))
    solution = SubsetSearch(2, width=10).solve(problem)
    assert solution.active_groups.tolist() == [2, 5]
    path = SubsetSearch(5, width=10).path(problem)
    assert [members.size for members in path][:2] == [1, 2]
    assert sorted(path[1]) == [2, 5]
    for members in path[2:]:  # sets that forward selection reached on another way
        assert not {2, 5} < set(members.tolist())


@pytest.mark.parametrize("factor", [1e-44, 1e44])
@DTYPES
def test_units_make_no_difference(factor, dtype):
    matrix, data = correlated((12, 15), dtype)
    expected = SubsetSearch(4).solve(Problem(matrix, data)).active_groups
    for problem in (Problem(matrix * factor, data), Problem(matrix, data * factor)):
        solution = SubsetSearch(4).solve(problem)
        np.testing.assert_array_equal(solution.active_groups, expected)
        assert np.isfinite(solution.coef).all()


@SHAPES
def test_norms_of_columns_make_no_difference(shape):
    matrix, data = correlated(shape)
    scale = 2.0 ** np.random.default_rng(0).integers(-100, 100, shape[1])
    for n in (1, 3, 5):
        expected = SubsetSearch(n).solve(Problem(matrix, data))
        solution = SubsetSearch(n).solve(Problem(matrix * scale, data))
        np.testing.assert_array_equal(solution.active_groups, expected.active_groups)
        np.testing.assert_allclose(solution.coef * scale[:, None], expected.coef, atol=1e-10)


def test_inputs_stay_and_runs_repeat_bit_by_bit():
    matrix, data = correlated((15, 30), n_channels=6)
    matrix, data, start = matrix[:, ::2], data[:, ::2], np.ones((15, 3))
    kept = matrix.copy(), data.copy(), start.copy()
    for array in (matrix, data, start):
        array.setflags(write=False)
    problem = Problem(matrix, data)
    first, second = (SubsetSearch(5).solve(problem, start) for _ in range(2))
    np.testing.assert_array_equal(first.coef, second.coef)
    for array, copy in zip((matrix, data, start), kept, strict=True):
        np.testing.assert_array_equal(array, copy)
    paths = [SubsetSearch(5).path(problem) for _ in range(2)]
    for one, other in zip(*paths, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("after", [1, 3])
def test_callback_stops(after):
    matrix, data = correlated((30, 40), n_channels=8)
    seen: list[Progress] = []

    def callback(progress):
        seen.append(progress)
        return len(seen) == after

    solution = SubsetSearch(8, callback=callback).solve(Problem(matrix, data))
    assert solution.status is Status.STOPPED
    assert solution.iterations == len(seen) == after
    assert 1 <= solution.active_groups.size <= 10
    assert 0 < seen[-1].fraction < 1
    assert solution.residual_norm == pytest.approx(misfit(matrix, data, solution.active_groups))
    path = SubsetSearch(8, callback=lambda progress: True).path(Problem(matrix, data))
    assert 1 <= len(path) <= 8


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_groups": 0}, "n_groups must be an integer of at least 1, got 0"),
        ({"n_groups": 1.5}, "n_groups must be an integer of at least 1, got 1.5"),
        ({"n_groups": 1, "width": 0}, "width must be an integer of at least 1, got 0"),
        ({"n_groups": 1, "depth": -1}, "depth must be an integer of at least 0, got -1"),
        ({"n_groups": 1, "depth": None}, "depth must be an integer of at least 0, got None"),
    ],
)
def test_parameters_are_checked(settings, message):
    with pytest.raises(ValueError, match=message):
        SubsetSearch(**settings)


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([0, 0, 1], "groups hold up to 2 features; SubsetSearch needs groups of one feature each"),
        ([[0, 1], [1, 2]], "groups overlap; SubsetSearch needs disjoint groups"),
        (Groups.across(0), "groups of one feature each, shared by all channels"),
        (None, "n_groups must be at most 3, the number of groups, got 4"),
    ],
)
def test_problems_are_checked(groups, message):
    n = 1 if groups is not None else 4
    problem = Problem(np.eye(3), np.ones((3, 2)), groups)
    with pytest.raises(ValueError, match=message):
        SubsetSearch(n).solve(problem)
    with pytest.raises(ValueError, match=message):
        SubsetSearch(n).path(problem)


def defined(matrix, data, chosen):
    """g and f of every column, and the squared residual, from the definition."""
    basis = np.linalg.qr(matrix[:, chosen])[0]
    left = matrix - basis @ (basis.conj().T @ matrix)
    residual = data - basis @ (basis.conj().T @ data)
    explained = np.linalg.norm(residual.conj().T @ left, axis=0) ** 2
    return np.linalg.norm(left, axis=0) ** 2, explained, np.linalg.norm(residual) ** 2


@pytest.mark.covering(2)
@SHAPES
@DTYPES
@CHANNELS
def test_updates_keep_to_the_definition(shape, dtype, n_channels):
    matrix, data = correlated(shape, dtype, n_channels)
    fit, rng, most = SubsetFit(matrix, data), np.random.default_rng(0), min(shape) - 1
    for _ in range(60):
        others = np.setdiff1d(np.arange(shape[1]), fit.chosen)
        entering, n = int(rng.choice(others)), len(fit.chosen)
        place, move = int(rng.integers(max(n, 1))), rng.integers(3)
        if n == 0 or (move == 0 and n < most):
            expected = [*fit.chosen, entering]
            fit.include(entering)
        elif move == 1:
            expected = fit.chosen[:place] + fit.chosen[place + 1 :]
            fit.remove(place)
        else:
            expected = [*fit.chosen[:place], entering, *fit.chosen[place + 1 :]]
            fit.exchange(place, entering)
        assert fit.chosen == expected
        left, explained, error = defined(matrix, data, fit.chosen)
        assert fit.error == pytest.approx(error, rel=1e-10)
        np.testing.assert_allclose(fit._left, left, atol=1e-10 * left.max())
        np.testing.assert_allclose(fit._explained, explained, atol=1e-9 * explained.max() + 1e-9)


@pytest.mark.covering(2)
@SHAPES
@DTYPES
@CHANNELS
def test_gains_losses_and_exchanges_are_true(shape, dtype, n_channels):
    matrix, data = correlated(shape, dtype, n_channels)
    fit = SubsetFit(matrix, data)
    fit.choose([1, 4, 2])
    error = misfit(matrix, data, [1, 4, 2]) ** 2
    others = np.setdiff1d(np.arange(shape[1]), fit.chosen).tolist()
    gains = [error - misfit(matrix, data, [1, 4, 2, j]) ** 2 for j in others]
    np.testing.assert_allclose(fit.find_gains()[others], gains, atol=1e-10 * fit.total)
    assert (fit.find_gains()[[1, 4, 2]] == -1).all()
    losses = [misfit(matrix, data, some) ** 2 - error for some in ([4, 2], [1, 2], [1, 4])]
    np.testing.assert_allclose(fit.find_losses(), losses, atol=1e-10 * fit.total)
    exchange = fit.find_best_exchange()
    gains = {
        (place, j): error - misfit(matrix, data, [*np.delete([1, 4, 2], place), j]) ** 2
        for place in range(3)
        for j in others
    }
    assert exchange.gain == pytest.approx(max(gains.values()), abs=1e-10 * fit.total)
    assert gains[exchange.place, exchange.entering] == pytest.approx(exchange.gain)


@pytest.mark.parametrize("shape", [(20, 5), (5, 20)], ids=str)
def test_a_fit_that_leaves_nothing_is_known(shape):
    for seed in range(5):
        matrix, _ = correlated(shape, seed=seed)
        fit = SubsetFit(matrix, matrix[:, [0, 3]] + matrix[:, [1, 4]])
        assert not fit.is_exact
        fit.choose([0, 1, 3, 4])
        assert fit.is_exact
        fit.remove(2)
        assert not fit.is_exact
