"""Least squares on many features without their columns, against dense least squares."""

import numpy as np
import pytest
from scipy.sparse.linalg import aslinearoperator

from groupsparse.datasets import make_joint_sparse
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.reformulations.feature_view import FeatureView
from groupsparse.toolkit.solution import CertificateKind
from groupsparse.toolkit.solvers import GammaContinuation
from groupsparse.toolkit.solvers.least_squares.iterative_fitter import fit_nonzero_features
from groupsparse.toolkit.solvers.orthogonal import gamma_continuation
from groupsparse.toolkit.testing import random_array

DTYPES = pytest.mark.parametrize("dtype", ["float64", "complex128", "float32"])


@DTYPES
@pytest.mark.parametrize("wrap", [np.asarray, aslinearoperator], ids=["dense", "matrix-free"])
def test_fit_of_the_features_that_are_not_zero(wrap, dtype):
    rng = np.random.default_rng(0)
    matrix = random_array((20, 30), np.dtype(dtype), rng)
    data = random_array((20, 4), np.dtype(dtype), rng)
    view = FeatureView.of(Problem(wrap(matrix), data))
    start = np.zeros((4, 30), view.data.dtype)
    chosen = [2, 7, 8, 19, 25]
    start[:, chosen[:-1]] = random_array((4, 4), np.dtype(dtype), rng)
    start[1, chosen[-1]] = 1  # one channel is enough to take part
    rows = fit_nonzero_features(view, start)
    expected = np.zeros_like(rows)
    expected[:, chosen] = np.linalg.lstsq(matrix[:, chosen], data)[0].T
    np.testing.assert_allclose(rows, expected, atol=1e-4 if dtype == "float32" else 1e-10)


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_a_continuation_whose_columns_are_too_many(monkeypatch, noise):
    """All groups found are kept then, and fitted: the true ones among them, if there is noise."""
    data = make_joint_sparse(30, 60, 6, 8, rank=5, noise=noise, random_state=1)
    problem = Problem(aslinearoperator(data.problem.operator.operator.values), data.problem.data)
    monkeypatch.setattr(gamma_continuation, "_MANY", 0)
    solution = GammaContinuation(data.noise_level).solve(problem)
    assert set(data.active_groups) <= set(solution.active_groups)
    assert solution.status.is_success
    assert solution.residual_norm <= max(data.noise_level, 1e-8)
    assert solution.certificate.kind == CertificateKind.NORMAL_EQUATIONS
    assert solution.certificate.value < 1e-8
    assert np.linalg.norm(solution.coef - data.coef) < (2 * noise or 1e-8)
