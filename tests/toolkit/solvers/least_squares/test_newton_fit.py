import numpy as np
import pytest

from groupsparse.toolkit.operators import Joint, Matrix
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solvers.least_squares import newton_fit
from groupsparse.toolkit.solvers.least_squares.newton_fit import fit_active

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
