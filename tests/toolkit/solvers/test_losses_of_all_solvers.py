"""Bad and hard input of problems with losses, in every solver."""

import re
import warnings

import numpy as np
import pytest

from groupsparse.toolkit.convergence import ConvergenceWarning
from groupsparse.toolkit.estimators import GroupLassoSurvival
from groupsparse.toolkit.losses import Cox, Huber, Logistic, Multinomial, Poisson
from groupsparse.toolkit.penalties import L21
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import alpha_max
from groupsparse.toolkit.solution import Status
from groupsparse.toolkit.solvers import FISTA, BlockCoordinateDescent, PrimalDualActiveSet

RNG = np.random.default_rng(0)
MATRIX = RNG.standard_normal((30, 8))
LABELS = (MATRIX[:, 0] + RNG.standard_normal(30) > 0).astype(float)
TIMES = np.ceil(10 * RNG.exponential(size=30)) * np.where(RNG.random(30) < 0.7, 1, -1)
DATA = {
    "huber": (Huber(), MATRIX[:, 0] + RNG.standard_normal(30)),
    "logistic": (Logistic(), LABELS),
    "multinomial": (Multinomial(), (LABELS + (MATRIX[:, 1] > 0)).astype(int)),
    "poisson": (Poisson(), RNG.poisson(np.exp(MATRIX[:, 0] / 2))),
    "cox": (Cox(), TIMES),
}
MAKERS = {
    "FISTA": lambda alpha: FISTA(L21(alpha), max_iter=50_000),
    "BlockCoordinateDescent": lambda alpha: BlockCoordinateDescent(L21(alpha)),
}
REFUSED = {
    "negative weights": ({"weights": -np.ones(30)}, "weights must not be negative"),
    "weights all zero": ({"weights": np.zeros(30)}, "weights must not be negative, and not all"),
    "weights of another shape": ({"weights": np.ones(7)}, "weights must be broadcastable"),
    "complex weights": ({"weights": 1j * np.ones(30)}, "weights must be real"),
    "weights that are missing": ({"weights": np.full(30, np.nan)}, "weights has"),
    "offset of another shape": ({"offset": np.ones(7)}, "offset must be broadcastable"),
    "complex offset": ({"offset": 1j * np.ones(30)}, "offset must be real"),
    "infinite offset": ({"offset": np.full(30, np.inf)}, "offset has"),
    "covariance": ({"covariance": np.eye(2)}, "covariance"),
}
BAD_COVARIANCES = {
    "indefinite": np.array([[1.0, 2], [2, 1]]),
    "singular": np.ones((2, 2)),
    "not Hermitian": np.array([[1.0, 0.5], [0.1, 1]]),
    "of three channels": np.eye(3),
    "missing": np.array([[1.0, np.nan], [np.nan, 1]]),
}


@pytest.fixture(params=DATA)
def drawn(request):
    """Every loss but the squared one, with data."""
    return DATA[request.param]


@pytest.fixture(params=MAKERS)
def make(request):
    """The solvers of any loss and convex penalties, by their strength."""
    return MAKERS[request.param]


def state(drawn, matrix=MATRIX, groups=2, **settings):
    loss, data = drawn
    return Problem(matrix, data, groups, loss=loss, **settings)


def solve(make, problem, share=0.2):
    return make(share * alpha_max(problem)).solve(problem)


def test_a_solver_minimises_a_loss_or_says_that_it_cannot(make_solver):
    problem = state(DATA["logistic"], groups=np.arange(8))
    solver = make_solver(problem)
    if issubclass(Logistic, solver.accepted_losses):
        with warnings.catch_warnings():  # of noise levels that are out of reach
            warnings.simplefilter("ignore", ConvergenceWarning)
            solution = solver.solve(problem)
        assert solution.status is not Status.DIVERGED
        assert np.isfinite(solution.coef).all()
        value = problem.term.value(MATRIX @ solution.coef)
        assert value < problem.term.value(np.zeros(30))
        assert solution.residual_norm == pytest.approx((2 * value) ** 0.5)
    else:
        message = rf"^loss is Logistic\(\); {type(solver).__name__} needs "
        with pytest.raises(ValueError, match=message):
            solver.solve(problem)


@pytest.mark.parametrize(("settings", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_noise_is_refused(drawn, settings, message):
    if drawn[0] == Multinomial():
        settings = {name: value[:, None] for name, value in settings.items()}
    with pytest.raises(ValueError, match=re.escape(message)):
        state(drawn, **settings)


@pytest.mark.parametrize("covariance", BAD_COVARIANCES.values(), ids=BAD_COVARIANCES)
def test_covariances_must_be_positive_definite(covariance):
    with pytest.raises(ValueError, match="covariance"):
        Problem(MATRIX, RNG.standard_normal((30, 2)), 2, covariance=covariance)


@pytest.mark.parametrize("loss", [Logistic(), Poisson(), Cox(), Multinomial()], ids=repr)
def test_operators_must_be_real(loss):
    data = next(data for kind, data in DATA.values() if type(kind) is type(loss))
    with pytest.raises(ValueError, match="operator and data must be real for "):
        Problem(MATRIX + 1j, data, 2, loss=loss)


@pytest.mark.parametrize("loss", [Logistic(), Poisson(), Cox(), Multinomial()], ids=repr)
def test_data_of_another_length_are_refused(loss):
    data = next(data for kind, data in DATA.values() if type(kind) is type(loss))
    with pytest.raises(ValueError, match="data must have shape"):
        Problem(MATRIX[:-1], data, 2, loss=loss)


def test_columns_that_are_zero_or_constant(drawn, make):
    matrix = MATRIX.copy()
    matrix[:, 3], matrix[:, 4], matrix[:, 7] = 0, 1, matrix[:, 6]
    solution = solve(make, state(drawn, matrix))
    assert solution.status is Status.CONVERGED
    assert not solution.coef[3].any()


def test_single_precision_keeps_its_dtype(drawn, make):
    loss, data = drawn
    data = data.astype(int if loss in (Logistic(), Multinomial()) else np.float32)
    problem = state((loss, data), MATRIX.astype(np.float32))
    double = solve(make, state(drawn))
    single = make(double.alpha).solve(problem)
    assert single.coef.dtype == np.float32
    assert single.status is Status.CONVERGED
    np.testing.assert_allclose(single.coef, double.coef, atol=2e-3)


@pytest.mark.parametrize("size", [5.0, 50.0, 1000.0])
def test_large_offsets_give_a_result_or_a_warning(drawn, make, size):
    offset = size * np.sign(MATRIX[:, 5])
    if drawn[0] == Multinomial():
        offset = offset[:, None] * [1, 0, 0]
    problem = state(drawn, offset=offset)
    with np.errstate(all="raise", under="ignore"):
        try:
            solution = solve(make, problem)
        except ConvergenceWarning:
            return
    assert np.isfinite(solution.coef).all()
    assert solution.status is Status.CONVERGED


def test_separable_classes_are_bounded_by_the_penalty(make):
    problem = state((Logistic(), (MATRIX[:, 0] > 0).astype(float)))
    solution = solve(make, problem, 0.01)
    assert solution.status is Status.CONVERGED
    assert solution.coef[0] > 0
    assert solution.certificate.value < 1e-3 * problem.term.value(np.zeros(30))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("labels", [[-1] * 8, [-1, -1, 0, 0, 1, 1, 2, 2]])
def test_separable_classes_without_a_penalty_give_finite_coefficients(make, labels):
    problem = state((Logistic(), (MATRIX[:, 0] > 0).astype(float)), groups=labels)
    solution = make(1.0).solve(problem)
    assert np.isfinite(solution.coef).all()
    assert np.isfinite(solution.objective)
    separated = (MATRIX @ solution.coef > 0) == (MATRIX[:, 0] > 0)
    assert separated.mean() > 0.9


def test_data_of_weight_zero_do_not_matter(drawn, make):
    loss, data = drawn
    weights = np.ones(30)
    weights[:5] = 0
    shaped = weights[:, None] if loss == Multinomial() else weights
    whole = solve(make, state((loss, data), weights=shaped))
    part = make(whole.alpha).solve(state((loss, data[5:]), MATRIX[5:]))
    np.testing.assert_allclose(whole.coef, part.coef, atol=1e-4)
    assert whole.residual_norm == pytest.approx(part.residual_norm, rel=1e-4)


def test_group_l0_of_a_loss(drawn):
    solution = PrimalDualActiveSet(n_groups=1).solve(state(drawn))
    assert solution.active_groups.size == 1
    assert np.isfinite(solution.coef).all()


@pytest.mark.parametrize("shape", [(30,), (30, 3)])
def test_complex_data_of_a_real_matrix(make, shape):
    rng = np.random.default_rng(1)
    data = rng.standard_normal(shape) + 1j * rng.standard_normal(shape)
    solution = solve(make, state((Huber(0.7), data)))
    assert solution.coef.dtype == complex
    assert solution.status is Status.CONVERGED
    assert solution.certificate.value < 1e-4 * solution.objective


def test_risks_of_any_size_have_a_baseline():
    X = np.array([[0.0], [0.0], [-1.0]])
    model = GroupLassoSurvival(1e-9, tol=1e-12).fit(X, [[0.7, 0], [1.1, 1], [0.9, 1]])
    with np.errstate(over="raise"):
        hazard = model.predict_cumulative_hazard_function(1e4 * X)
    assert np.isfinite(hazard).all()
