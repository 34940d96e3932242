"""Solvers around solvers: orthonormal groups against rotated columns, reweighting by hand."""

import dataclasses

import numpy as np
import pytest
import scipy.sparse as sp
from scipy.sparse.linalg import aslinearoperator

from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.penalties import (
    L21,
    GroupL0,
    GroupMCP,
    GroupSCAD,
    LatentOverlap,
    SparseGroup,
    WithRidge,
)
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solution import Status
from groupsparse.toolkit.solvers import (
    FISTA,
    BlockCoordinateDescent,
    OrthonormalGroups,
    PrimalDualActiveSet,
    Reweighted,
    SpectralProjectedGradient,
)
from groupsparse.toolkit.testing import random_array

LABELS = np.array([0, 1, 1, 2, 2, 2, 3, 3, 4, 4, 4, 4, 5, 0, 1, 6, 6, 6, 7, 7])
FREE = np.array([0, 1, 1, -1, 2, 2, 3, 3, 4, 4, 4, 4, 5, 0, 1, -1, 6, 6, 7, 7])
LISTS = [[0, 1, 2], [2, 3], [3, 4, 5, 6], [0, 6, 7], *([i, i + 1] for i in range(8, 19))]
SPECIAL = np.array([1, 0, 1.5, np.inf, 0.7, 1, np.inf, 1])


def make(dtype="float64", n_channels=1, n_rows=30, seed=0):
    rng = np.random.default_rng(seed)
    matrix = random_array((n_rows, 20), dtype, rng) * rng.uniform(0.3, 3, 20).astype("float32")
    coef = random_array((20, n_channels)[: 1 + (n_channels > 1)], dtype, rng)
    coef[[1, 2, 6, 7, 8, 9, 10, 11, 14]] = 0
    data = matrix @ coef
    return matrix, data + random_array(data.shape, dtype, rng) / np.float32(5)


def members_of(labels):
    return [np.flatnonzero(labels == g) for g in range(labels.max() + 1)]


def rotated_by_hand(matrix, labels, least=1e-6):
    """Return orthonormal columns group by group, labels for them, and ``T`` with ``A T`` of them.

    Dependent columns leave fewer of them; ``T`` then is the pseudo-inverse.
    """
    alone = [np.array([i]) for i in np.flatnonzero(labels < 0)]
    columns, numbers, back = [], [], []
    for number, members in enumerate([*members_of(labels), *alone]):
        left, values, right = np.linalg.svd(matrix[:, members], full_matrices=False)
        kept = values > least * values[0]
        transform = np.zeros((len(labels), kept.sum()), matrix.dtype)
        transform[members] = right[kept].conj().T / values[kept]
        columns.append(left[:, kept])
        back.append(transform)
        numbers += [number if number <= labels.max() else -1] * int(kept.sum())
    return np.hstack(columns), np.array(numbers), np.hstack(back)


INNER = {
    "BlockCoordinateDescent": lambda penalty: BlockCoordinateDescent(penalty, tol=1e-11),
    "FISTA": lambda penalty: FISTA(penalty, tol=1e-12, max_iter=50_000),
}
ROTATABLE = {
    "l21": L21(1.5),
    "l21 sqrt": L21(0.5, "sqrt"),
    "l21 0 and inf": L21(1.0, SPECIAL),
    "l21 with ridge": WithRidge(L21(0.5, SPECIAL), 0.2),
    "MCP": GroupMCP(1.5),
    "SCAD": GroupSCAD(1.5),
}
WAYS = {
    "dense": np.asarray,
    "Fortran order": np.asfortranarray,
    "sparse": sp.csr_array,
    "SciPy operator": aslinearoperator,
}


@pytest.mark.covering(2)
@pytest.mark.parametrize("labels", [LABELS, FREE], ids=["all", "some unpenalised"])
@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("name", ROTATABLE)
@pytest.mark.parametrize("make_solver", INNER.values(), ids=INNER)
def test_orthonormal_groups_are_columns_rotated_by_hand(
    make_solver, name, dtype, n_channels, labels
):
    matrix, data = make(dtype, n_channels)
    solver = make_solver(ROTATABLE[name])
    rotated, numbers, back = rotated_by_hand(matrix, labels)
    expected = solver.solve(Problem(rotated, data, numbers))
    solution = OrthonormalGroups(solver).solve(Problem(matrix, data, labels))
    assert solution.status is Status.CONVERGED
    np.testing.assert_allclose(solution.coef, back @ expected.coef, atol=1e-7)
    np.testing.assert_array_equal(solution.active_groups, expected.active_groups)
    assert solution.objective == pytest.approx(expected.objective, rel=1e-9)
    misfit = np.linalg.norm(matrix @ solution.coef - data)
    assert solution.residual_norm == pytest.approx(misfit, rel=1e-8)
    assert solution.certificate.kind == expected.certificate.kind


@pytest.mark.covering(2)
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("n_channels", [1, 2])
@pytest.mark.parametrize("dtype", ["float64", "complex128", "float32"])
def test_orthonormal_groups_of_dependent_columns(dtype, n_channels, way):
    """The coefficients are those of least norm, also for a whole group of zeros."""
    matrix, data = make(dtype, n_channels)
    matrix[:, [4, 5]] = matrix[:, [3, 3]]
    matrix[:, 11] = matrix[:, 8] - matrix[:, 10]
    matrix[:, [6, 18]] = 0
    wide = matrix.astype(np.result_type(dtype, np.float64))
    rotated, numbers, back = rotated_by_hand(wide, LABELS, 1e-5)
    solver = BlockCoordinateDescent(L21(0.5), tol=1e-11)
    expected = solver.solve(Problem(rotated, data, numbers))
    solution = OrthonormalGroups(solver).solve(Problem(WAYS[way](matrix), data, LABELS))
    assert solution.coef.dtype == dtype
    assert solution.coef.shape == (20, *data.shape[1:])
    precise = dtype != "float32"
    np.testing.assert_allclose(solution.coef, back @ expected.coef, atol=1e-7 if precise else 2e-3)
    assert not solution.coef[[6, 18]].any()


def test_a_group_of_zero_columns_stays_zero():
    matrix, data = make()
    matrix[:, LABELS == 4] = 0
    solver = OrthonormalGroups(BlockCoordinateDescent(GroupMCP(0.5), tol=1e-10))
    solution = solver.solve(Problem(matrix, data, LABELS))
    assert not solution.coef[LABELS == 4].any()
    assert 4 not in solution.active_groups
    assert np.isfinite(solution.coef).all()


@pytest.mark.parametrize("labels", [np.arange(20), np.zeros(20, int)], ids=["single", "one"])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_orthonormal_groups_of_extreme_sizes(labels, dtype):
    matrix, data = make(dtype)
    solver = BlockCoordinateDescent(L21(2.0), tol=1e-11)
    rotated, numbers, back = rotated_by_hand(matrix, labels)
    expected = back @ solver.solve(Problem(rotated, data, numbers)).coef
    coef = OrthonormalGroups(solver).solve(Problem(matrix, data, labels)).coef
    np.testing.assert_allclose(coef, expected, atol=1e-8)


def test_coefficients_do_not_depend_on_a_basis_of_the_groups():
    """The reason to use it: the fit is the same for any other basis of each group's span."""
    matrix, data = make()
    rng = np.random.default_rng(1)
    other = matrix.copy()
    for members in members_of(LABELS):
        other[:, members] @= rng.standard_normal((members.size, members.size))
    solver = OrthonormalGroups(BlockCoordinateDescent(GroupMCP(1.5), tol=1e-11))
    first, second = (solver.solve(Problem(item, data, LABELS)) for item in (matrix, other))
    np.testing.assert_allclose(matrix @ first.coef, other @ second.coef, atol=1e-7)
    np.testing.assert_array_equal(first.active_groups, second.active_groups)


@pytest.mark.covering(2)
@pytest.mark.parametrize("dependent", [False, True])
@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("make_solver", INNER.values(), ids=INNER)
def test_orthonormal_groups_start_where_they_are_told(make_solver, dtype, n_channels, dependent):
    """The first objective the callback sees is that of the start, rotated."""
    matrix, data = make(dtype, n_channels)
    if dependent:
        matrix[:, 4] = 2 * matrix[:, 3]
    problem = Problem(matrix, data, FREE)
    start = random_array(problem.shape, dtype, np.random.default_rng(2))
    start[np.isin(FREE, [1, 4])] = 0
    kept = start.copy()
    penalty = GroupMCP(0.5)
    solver = OrthonormalGroups(make_solver(penalty))
    rotated, numbers, back = rotated_by_hand(matrix, FREE)
    begin = np.linalg.pinv(back) @ start  # group by group: both are block diagonal
    expected = make_solver(penalty).solve(Problem(rotated, data, numbers), begin)
    solution = solver.solve(problem, start)
    np.testing.assert_array_equal(start, kept)
    assert solution.history["objective"][0] == pytest.approx(
        expected.history["objective"][0], rel=1e-9
    )
    assert solution.objective == pytest.approx(expected.objective, rel=1e-8)
    again = solver.solve(problem, solution.coef)
    assert again.iterations <= 2
    np.testing.assert_allclose(again.coef, solution.coef, atol=1e-6)


def by_hand(solver, with_weights, problem, base, delta, eps, rounds, norms_of, start=None):
    """Reweight in an explicit loop; return every solution."""
    solutions = [solver.solve(problem, start)]
    for _ in range(rounds - 1):
        norms = norms_of(solutions[-1])
        delta = norms.max() / 20 if delta is None else delta
        weights = base / (norms / delta + eps)
        solutions.append(with_weights(weights).solve(problem, solutions[-1].coef))
    return solutions


def group_norms(labels):
    members = members_of(labels)
    return lambda solution: np.array([np.linalg.norm(solution.coef[i]) for i in members])


BASES = {"none": None, "sqrt": "sqrt", "0 and inf": SPECIAL}


def base_of(name, n_channels):
    sizes = np.array([members.size for members in members_of(FREE)])
    return {"none": np.ones(8), "sqrt": np.sqrt(sizes * n_channels), "0 and inf": SPECIAL}[name]


@pytest.mark.covering(2)
@pytest.mark.parametrize("options", [{}, {"delta": 0.1, "eps": 0.5, "rounds": 3}], ids=str)
@pytest.mark.parametrize("ridge", [0, 0.1])
@pytest.mark.parametrize("kind", [("float64", 1), ("complex128", 3)], ids=str)
@pytest.mark.parametrize("name", BASES)
@pytest.mark.parametrize("make_solver", INNER.values(), ids=INNER)
def test_reweighting_is_a_loop(make_solver, name, kind, ridge, options):
    matrix, data = make(*kind)
    problem = Problem(matrix, data, FREE)
    penalty = L21(2.0, BASES[name])
    penalty = WithRidge(penalty, ridge) if ridge else penalty
    base = base_of(name, kind[1])

    def with_weights(weights):
        adapted = L21(2.0, weights)
        return make_solver(WithRidge(adapted, ridge) if ridge else adapted)

    settings = {"delta": None, "eps": 0.1, "rounds": 6, **options}
    solver = make_solver(penalty)
    solutions = by_hand(solver, with_weights, problem, base, norms_of=group_norms(FREE), **settings)
    solution = Reweighted(solver, **options).solve(problem)
    expected = solutions[-1]
    np.testing.assert_allclose(solution.coef, expected.coef, atol=1e-8)
    assert solution.objective == pytest.approx(expected.objective, rel=1e-10)
    assert solution.status is Status.CONVERGED
    assert np.abs(solution.coef - solutions[0].coef).max() > 1e-3
    if name == "0 and inf":
        assert set(solution.active_groups) >= {1}
        assert not {3, 6} & set(solution.active_groups.tolist())
        free = np.isin(FREE, [-1, 1])
        residual = data - matrix @ solution.coef
        np.testing.assert_allclose(matrix[:, free].conj().T @ residual, 0, atol=1e-6)


@pytest.mark.parametrize("name", BASES)
@pytest.mark.parametrize("n_channels", [1, 2])
def test_reweighting_at_a_noise_level(name, n_channels):
    matrix, data = make(n_channels=n_channels)
    problem = Problem(matrix, data, FREE)
    free = np.isin(FREE, [-1, 1] if name == "0 and inf" else [-1])
    allowed = matrix[:, ~np.isin(FREE, [3, 6])] if name == "0 and inf" else matrix
    least = np.linalg.norm(data - allowed @ np.linalg.lstsq(allowed, data)[0])
    most = np.linalg.norm(data - matrix[:, free] @ np.linalg.lstsq(matrix[:, free], data)[0])
    level = float(0.7 * least + 0.3 * most)

    def with_weights(weights):
        return SpectralProjectedGradient(level, group_weights=weights)

    solutions = by_hand(
        with_weights(BASES[name]),
        with_weights,
        problem,
        base_of(name, n_channels),
        None,
        0.1,
        4,
        group_norms(FREE),
    )
    solution = Reweighted(with_weights(BASES[name]), rounds=4).solve(problem)
    np.testing.assert_allclose(solution.coef, solutions[-1].coef, atol=1e-6)
    assert solution.residual_norm == pytest.approx(level, rel=1e-6)
    assert solution.active_groups.size <= solutions[0].active_groups.size


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("make_solver", INNER.values(), ids=INNER)
def test_reweighting_of_latent_copies(make_solver, n_channels):
    """Their norms count, not those of the coefficients that groups share."""
    matrix, data = make(n_channels=n_channels)
    problem = Problem(matrix, data, LISTS)
    ends = np.cumsum([len(members) for members in LISTS])[:-1]

    def norms_of(solution):
        return np.array([np.linalg.norm(copy) for copy in np.split(solution.latent, ends)])

    def with_weights(weights):
        return make_solver(WithRidge(LatentOverlap(2.0, weights), 0.05))

    first = with_weights(None)
    solutions = by_hand(first, with_weights, problem, np.ones(len(LISTS)), 0.2, 0.1, 4, norms_of)
    solution = Reweighted(first, delta=0.2, rounds=4).solve(problem)
    np.testing.assert_allclose(solution.coef, solutions[-1].coef, atol=1e-7)
    np.testing.assert_allclose(solution.latent, solutions[-1].latent, atol=1e-7)
    assert solution.objective < solutions[0].objective * 10


@pytest.mark.parametrize("penalty", [SparseGroup(1.0, 0.3, "sqrt"), GroupMCP(1.0), GroupSCAD(1.0)])
def test_reweighting_keeps_the_rest_of_the_penalty(penalty):
    matrix, data = make()
    problem = Problem(matrix, data, LABELS)
    solver = BlockCoordinateDescent(penalty, tol=1e-11)
    base = penalty.weights(problem.groups)

    def with_weights(weights):
        return BlockCoordinateDescent(
            dataclasses.replace(penalty, group_weights=weights), tol=1e-11
        )

    solutions = by_hand(solver, with_weights, problem, base, None, 0.1, 3, group_norms(LABELS))
    solution = Reweighted(solver, rounds=3).solve(problem)
    np.testing.assert_allclose(solution.coef, solutions[-1].coef, atol=1e-8)


def test_one_round_is_the_solver_alone():
    matrix, data = make()
    problem = Problem(matrix, data, LABELS)
    solver = BlockCoordinateDescent(L21(1.0))
    expected = solver.solve(problem)
    solution = Reweighted(solver, rounds=1).solve(problem)
    np.testing.assert_array_equal(solution.coef, expected.coef)
    assert solver.penalty.group_weights is None


def test_start_is_that_of_the_first_round():
    matrix, data = make()
    problem = Problem(matrix, data, LABELS)
    start = np.random.default_rng(0).standard_normal(20)
    start[LABELS == 4] = 0
    solver = BlockCoordinateDescent(GroupMCP(2.0, 1.5), tol=1e-11)
    expected = solver.solve(problem, start)
    solution = Reweighted(solver, rounds=1).solve(problem, start)
    np.testing.assert_array_equal(solution.coef, expected.coef)
    with pytest.raises(ValueError, match="start must have shape"):
        Reweighted(solver).solve(problem, np.zeros(3))


@pytest.mark.parametrize("delta", [None, 0.5])
def test_a_zero_solution_stays(delta):
    problem = Problem(np.eye(4), np.ones(4), 2)
    solution = Reweighted(BlockCoordinateDescent(L21(50.0)), delta=delta).solve(problem)
    assert not solution.coef.any()
    assert solution.status is Status.CONVERGED


def test_reweighting_finds_what_the_convex_penalty_blurs():
    """Large groups lose their bias, small ones go: nearer to the truth than the first round."""
    rng = np.random.default_rng(3)
    matrix = rng.standard_normal((60, 80)) / 60**0.5
    truth = np.zeros(80)
    truth[:8] = 3 * rng.choice([-1, 1], 8)
    data = matrix @ truth + 0.05 * rng.standard_normal(60)
    problem = Problem(matrix, data, 4)
    solver = BlockCoordinateDescent(L21(0.3))
    errors = [
        np.linalg.norm(item.solve(problem).coef - truth) for item in (solver, Reweighted(solver))
    ]
    assert errors[1] < errors[0] / 3
    assert Reweighted(solver).solve(problem).active_groups.tolist() == [0, 1]


@pytest.mark.parametrize("make_penalty", [L21, GroupMCP])
def test_orthonormal_groups_of_a_reweighted_solver(make_penalty):
    """The norms that count are those of the rotated coefficients."""
    matrix, data = make()
    inner = Reweighted(BlockCoordinateDescent(make_penalty(1.0), tol=1e-11), rounds=3)
    rotated, numbers, back = rotated_by_hand(matrix, LABELS)
    expected = back @ inner.solve(Problem(rotated, data, numbers)).coef
    coef = OrthonormalGroups(inner).solve(Problem(matrix, data, LABELS)).coef
    np.testing.assert_allclose(coef, expected, atol=1e-7)


def test_a_reweighted_solver_of_orthonormal_groups_is_solved_or_refused():
    """What is taken when it is made must not fail later."""
    matrix, data = make()
    inner = OrthonormalGroups(BlockCoordinateDescent(L21(1.0)))
    try:
        solver = Reweighted(inner, rounds=3)
    except ValueError:
        return
    assert solver.solve(Problem(matrix, data, LABELS)).status is Status.CONVERGED


@pytest.mark.parametrize(
    ("solver", "options", "message"),
    [
        (BlockCoordinateDescent(L21(1.0)), {"delta": 0}, "delta must be positive and finite"),
        (BlockCoordinateDescent(L21(1.0)), {"delta": np.inf}, "delta must be positive"),
        (BlockCoordinateDescent(L21(1.0)), {"delta": np.nan}, "delta must be positive"),
        (BlockCoordinateDescent(L21(1.0)), {"delta": "small"}, "delta must be positive"),
        (BlockCoordinateDescent(L21(1.0)), {"eps": 0}, "eps must be positive and finite, got 0"),
        (BlockCoordinateDescent(L21(1.0)), {"eps": None}, "eps must be positive and finite"),
        (
            BlockCoordinateDescent(L21(1.0)),
            {"rounds": 0},
            "rounds must be an integer of at least",
        ),
        (
            BlockCoordinateDescent(L21(1.0)),
            {"rounds": 2.5},
            "rounds must be an integer of at least",
        ),
        (FISTA(GroupL0(1.0)), {}, "solver must have a penalty with group weights"),
        (FISTA(WithRidge(GroupL0(1.0), 1.0)), {}, "solver must have a penalty with group weights"),
        (PrimalDualActiveSet(alpha=1.0), {}, "solver must have a penalty with group weights"),
        (None, {}, "solver must have a penalty with group weights, got None"),
    ],
)
def test_arguments_of_reweighting_are_checked(solver, options, message):
    with pytest.raises(ValueError, match=message):
        Reweighted(solver, **options)


def test_weights_that_do_not_fit_are_refused():
    problem = Problem(np.eye(4), np.ones(4), Groups.blocks(2, 4))
    for solver in (
        BlockCoordinateDescent(L21(1.0, [1, 2, 3])),
        SpectralProjectedGradient(0.1, group_weights=[1, 2, 3]),
    ):
        with pytest.raises(ValueError, match=r"group_weights must have shape \(2,\), got \(3,\)"):
            Reweighted(solver).solve(problem)


def test_overlapping_groups_are_refused():
    problem = Problem(np.eye(3), np.ones(3), [[0, 1], [1, 2]])
    for wrapper in (OrthonormalGroups, Reweighted):
        with pytest.raises(ValueError, match="groups overlap"):
            wrapper(BlockCoordinateDescent(L21(0.1))).solve(problem)
    with pytest.raises(ValueError, match="OrthonormalGroups needs disjoint groups"):
        OrthonormalGroups(BlockCoordinateDescent(LatentOverlap(0.1))).solve(problem)


def test_inputs_stay():
    matrix, data = make()
    start = np.ones(20)
    kept = matrix.copy(), data.copy()
    for array in (matrix, data, start):
        array.setflags(write=False)
    problem = Problem(matrix, data, LABELS)
    for wrapper in (OrthonormalGroups, Reweighted):
        wrapper(BlockCoordinateDescent(L21(0.5))).solve(problem, start)
    for array, copy in zip((matrix, data, start), (*kept, np.ones(20)), strict=True):
        np.testing.assert_array_equal(array, copy)
