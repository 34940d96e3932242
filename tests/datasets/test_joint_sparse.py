"""Joint-sparse problems: rank, support and noise."""

import numpy as np
import pytest

from groupsparse.datasets import make_joint_sparse


@pytest.mark.parametrize("is_complex", [False, True])
def test_rank_support_and_variance(is_complex):
    data = make_joint_sparse(rank=7, is_complex=is_complex, random_state=3)
    matrix = data.problem.operator.operator.values
    assert np.iscomplexobj(matrix) == np.iscomplexobj(data.coef) == is_complex
    assert np.linalg.matrix_rank(data.coef) == 7
    np.testing.assert_array_equal(np.flatnonzero(np.abs(data.coef).sum(axis=1)), data.active_groups)
    assert data.active_groups.size == 30
    assert np.mean(np.abs(matrix) ** 2) * 51 == pytest.approx(1, rel=0.05)
    np.testing.assert_allclose(data.problem.data, matrix @ data.coef)
    assert data.noise_level == 0


def test_the_rows_are_those_of_orthonormal_columns():
    """With all rows active, X has singular values one; with a part of them, at most one."""
    all_rows = make_joint_sparse(n_active=128, rank=5, random_state=0)
    np.testing.assert_allclose(np.linalg.svd(all_rows.coef)[1][:5], 1)
    some = np.linalg.svd(make_joint_sparse(rank=5, random_state=0).coef)[1]
    assert 0.1 < some[4] < some[0] < 1


@pytest.mark.parametrize("is_complex", [False, True])
def test_noise_of_an_expected_norm(is_complex):
    levels = [
        make_joint_sparse(noise=0.1, is_complex=is_complex, random_state=seed).noise_level
        for seed in range(20)
    ]
    assert np.mean(levels) == pytest.approx(0.1, rel=0.01)
    assert np.std(levels) > 0


def test_noise_of_an_exact_ratio():
    data = make_joint_sparse(snr_db=30, random_state=1)
    signal = data.problem.operator.apply(data.coef)
    error = np.linalg.norm(data.problem.data - signal)
    assert error == pytest.approx(data.noise_level)
    assert 20 * np.log10(np.linalg.norm(signal) / error) == pytest.approx(30)


def test_seeds():
    one, same, other = (make_joint_sparse(noise=0.1, random_state=seed) for seed in (4, 4, 5))
    np.testing.assert_array_equal(one.problem.data, same.problem.data)
    assert not np.allclose(one.problem.data, other.problem.data)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_rows": 0}, "n_rows must be an integer of at least 1, got 0"),
        ({"n_active": 129}, "n_active must be an integer from 1 to 128, got 129"),
        ({"rank": 31}, "rank must be an integer from 1 to 30, got 31"),
        ({"rank": 0}, "rank must be an integer from 1 to 30, got 0"),
        ({"noise": -1.0}, "noise must be finite and not negative"),
        ({"noise": 0.1, "snr_db": 30.0}, "give noise or snr_db, not both, got 0.1 and 30.0"),
        ({"snr_db": np.nan}, "snr_db must be a finite number, got nan"),
    ],
)
def test_bad_parameters(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_joint_sparse(**arguments)
