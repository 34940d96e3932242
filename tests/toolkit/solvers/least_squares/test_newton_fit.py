import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression, PoissonRegressor

from groupsparse.toolkit.losses import Cox, Huber, Logistic, Multinomial, Poisson
from groupsparse.toolkit.operators import Joint, Matrix
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solvers.least_squares import newton_fit
from groupsparse.toolkit.solvers.least_squares.newton_fit import fit_active
from groupsparse.toolkit.testing import random_array

ACTIVE = np.arange(12) % 3 == 0


@pytest.fixture(params=["direct", "conjugate gradients"], autouse=True)
def method(request, monkeypatch):
    if request.param != "direct":
        monkeypatch.setattr(newton_fit, "_MOST_COLUMNS", 0)


def make_matrix(complex_values: bool = False) -> np.ndarray:
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((40, 12))
    return matrix + 1j * rng.standard_normal((40, 12)) if complex_values else matrix


@pytest.mark.parametrize("complex_values", [False, True])
@pytest.mark.parametrize("ridge", [0.0, 3.0])
def test_squared_loss_equals_least_squares(complex_values, ridge):
    matrix = make_matrix(complex_values)
    data = matrix @ np.arange(12.0) + np.random.default_rng(1).standard_normal(40)
    coef, image = fit_active(Problem(matrix, data, 3), ACTIVE, ridge=ridge)
    part = matrix[:, ACTIVE]
    gram = part.conj().T @ part + ridge * np.eye(part.shape[1])
    expected = np.linalg.solve(gram, part.conj().T @ data)
    np.testing.assert_allclose(coef[ACTIVE], expected, rtol=1e-10)
    np.testing.assert_allclose(image, part @ expected, rtol=1e-10)
    assert not coef[~ACTIVE].any()


@pytest.mark.parametrize("axis", [0, -1])
def test_channels_may_have_different_active_features(axis):
    matrix, rng = make_matrix(), np.random.default_rng(2)
    data, active = rng.standard_normal((40, 3)), rng.random((12, 3)) < 0.5
    operator = Joint(Matrix(matrix), 3, axis)
    turned = [np.moveaxis(array, 1, axis) for array in (data, active)]
    coef, _ = fit_active(Problem(operator, turned[0], 3), turned[1])
    coef = np.moveaxis(coef, axis, 1)
    for k in range(3):
        expected = np.linalg.lstsq(matrix[:, active[:, k]], data[:, k])[0]
        np.testing.assert_allclose(coef[active[:, k], k], expected, rtol=1e-10)


def test_single_precision_stays_and_is_fitted_in_double():
    matrix = make_matrix().astype(np.float32)
    data = matrix.sum(axis=1) + np.float32(1)
    coef, image = fit_active(Problem(matrix, data, 3), ACTIVE)
    assert coef.dtype == image.dtype == np.float32
    expected = np.linalg.lstsq(matrix[:, ACTIVE].astype(float), data.astype(float))[0]
    np.testing.assert_allclose(coef[ACTIVE], expected, rtol=1e-6)


def test_dependent_columns_share_and_zero_columns_stay_zero():
    matrix = make_matrix()
    matrix[:, 3], matrix[:, 6] = matrix[:, 0], 0
    coef, _ = fit_active(Problem(matrix, matrix[:, 0] * 4, 3), ACTIVE)
    np.testing.assert_allclose(coef[ACTIVE], [2, 2, 0, 0], atol=1e-8)


def test_nothing_active_gives_zero():
    coef, image = fit_active(Problem(make_matrix(), np.ones(40), 3), np.zeros(12, bool))
    assert not coef.any()
    assert not image.any()


def draw_columns(n_rows: int = 120) -> np.ndarray:
    """Return five correlated columns and an intercept."""
    columns = np.random.default_rng(7).standard_normal((n_rows, 6))
    columns[:, 1] += 3 * columns[:, 0]
    columns[:, 5] = 1
    return columns


SLOPES = np.array([0.5, -0.3, 0.0, 0.8, -0.6, 0.2])


def fit_all(problem: Problem) -> np.ndarray:
    coef, image = fit_active(problem, np.ones(problem.shape, dtype=bool))
    np.testing.assert_allclose(image, problem.operator.apply(coef), rtol=1e-9, atol=1e-12)
    first = problem.operator.adjoint(problem.term.gradient(np.zeros_like(image)))
    gradient = problem.operator.adjoint(problem.term.gradient(image))
    assert np.linalg.norm(gradient) <= 1e-10 * np.linalg.norm(first)
    return coef


@pytest.mark.parametrize("weighted", [False, True])
def test_logistic_and_poisson_fits_are_those_of_scikit_learn(weighted):
    columns, rng = draw_columns(), np.random.default_rng(8)
    weights = rng.uniform(0.5, 2, 120) if weighted else None
    image = columns @ SLOPES
    labels, counts = rng.random(120) < 1 / (1 + np.exp(-image)), rng.poisson(np.exp(image))
    references = (
        (Logistic(), labels, LogisticRegression(C=np.inf, tol=1e-12, solver="newton-cholesky")),
        (Poisson(), counts, PoissonRegressor(alpha=0, tol=1e-12, solver="newton-cholesky")),
    )
    for loss, data, model in references:
        roots = None if weights is None else np.sqrt(weights)
        coef = fit_all(Problem(columns, data, 1, loss=loss, weights=roots))
        model.fit(columns[:, :5], data, sample_weight=weights)
        np.testing.assert_allclose(coef[:5], np.ravel(model.coef_), rtol=1e-6)
        assert coef[5] == pytest.approx(np.ravel(model.intercept_)[0], rel=1e-6)


def test_classes_share_a_fit_of_least_norm():
    columns, rng = draw_columns(), np.random.default_rng(9)
    images = columns @ rng.standard_normal((6, 3))
    labels = np.argmax(images + rng.gumbel(size=images.shape), axis=1)
    problem = Problem(columns, labels, 1, loss=Multinomial())
    coef = fit_all(problem)
    model = LogisticRegression(C=np.inf, tol=1e-10, max_iter=5000).fit(columns[:, :5], labels)
    expected = model.coef_ - model.coef_.mean(axis=0)
    np.testing.assert_allclose(coef[:5].T, expected, atol=1e-4)
    np.testing.assert_allclose(coef.sum(axis=1), 0, atol=1e-7)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_survival_fit_has_no_gradient_in_plain_numpy(ties):
    columns, rng = draw_columns()[:, :5], np.random.default_rng(10)
    times = np.ceil(4 * rng.exponential(size=120) * np.exp(-columns @ SLOPES[:5]))
    events = rng.random(120) < 0.7
    problem = Problem(columns, np.column_stack([times, events]), 1, loss=Cox(ties=ties))
    coef = fit_all(problem)
    risk, gradient = np.exp(columns @ coef), np.zeros(5)
    for time in np.unique(times[events]):
        dying = np.flatnonzero((times == time) & events)
        left = times >= time
        for k in range(dying.size):
            share = k / dying.size if ties == "efron" else 0
            weights = risk * left
            weights[dying] *= 1 - share
            gradient += columns[dying[k]] - weights @ columns / weights.sum()
    np.testing.assert_allclose(gradient, 0, atol=1e-7)


@pytest.mark.parametrize("complex_values", [False, True])
def test_robust_fit_ignores_spikes(complex_values):
    rng = np.random.default_rng(11)
    columns = random_array((120, 6), complex if complex_values else float, rng)
    truth = np.arange(1.0, 7)
    data = columns @ truth + 0.01 * rng.standard_normal(120)
    data[:12] += 100
    coef = fit_all(Problem(columns, data, 1, loss=Huber(threshold=1.345, scale=0.01)))
    np.testing.assert_allclose(coef, truth, atol=0.02)


def test_separable_classes_are_fitted_by_finite_coefficients():
    columns = draw_columns()
    problem = Problem(columns, columns[:, 2] > 0.1, 1, loss=Logistic())
    coef = fit_all(problem)
    assert np.isfinite(coef).all()
    assert ((problem.operator.apply(coef) > 0) == problem.data).all()
    assert problem.term.value(problem.operator.apply(coef)) < 1e-6


def test_a_start_far_away_leads_to_the_same_fit():
    columns, rng = draw_columns(), np.random.default_rng(12)
    counts = rng.poisson(np.exp(columns @ SLOPES))
    problem = Problem(columns, counts, 1, loss=Poisson())
    start = 1e3 * rng.standard_normal(6)
    coef, _ = fit_active(problem, np.ones(6, bool), start)
    np.testing.assert_allclose(coef, fit_all(problem), rtol=1e-8)


def test_complex_data_of_a_real_matrix_have_complex_coefficients():
    matrix = make_matrix()
    data = matrix @ (np.arange(12) + 1j) + 0.1 * np.random.default_rng(13).standard_normal(40)
    coef, _ = fit_active(Problem(matrix, data, 3), ACTIVE)
    expected = np.linalg.lstsq(matrix[:, ACTIVE].astype(complex), data)[0]
    np.testing.assert_allclose(coef[ACTIVE], expected, rtol=1e-10)


@pytest.mark.parametrize("seed", range(5))
def test_robust_fit_converges_where_the_hessian_is_singular(seed):
    rng = np.random.default_rng(seed)
    columns = rng.standard_normal((30, 8))
    data = columns @ rng.standard_normal(8) * 3 + rng.standard_normal(30)
    fit_all(Problem(columns, data + 10 * (rng.random(30) < 0.1), 1, loss=Huber(threshold=1.0)))


def test_constant_columns_do_not_move_survival_times():
    columns = np.ones((40, 2))
    times = np.random.default_rng(14).exponential(size=40)
    problem = Problem(columns, np.column_stack([times, np.ones(40)]), 1, loss=Cox())
    coef, _ = fit_active(problem, np.ones(2, bool))
    np.testing.assert_allclose(coef, 0, atol=1e-10)
