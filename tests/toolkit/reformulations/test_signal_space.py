"""The signal space and its rank: against the rule written out, and on data of known rank."""

import numpy as np
import pytest

from groupsparse.datasets import make_joint_sparse
from groupsparse.toolkit.diagnostics.numerical_rank import numerical_rank
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.reformulations.feature_view import FeatureView
from groupsparse.toolkit.reformulations.signal_space import SignalSpace, find_signal_space
from groupsparse.toolkit.testing import random_array

DTYPES = pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
SHAPES = pytest.mark.parametrize("shape", [(12, 30), (30, 12), (20, 20)], ids=str)


def low_rank(shape, rank, dtype="float64", seed=0):
    rng = np.random.default_rng(seed)
    return random_array((shape[0], rank), dtype, rng) @ random_array((rank, shape[1]), dtype, rng)


def rank_written_out(data, noise_level=None):
    """The least k whose next singular value is no larger than noise beside k directions."""
    values = np.linalg.svd(data, compute_uv=False)
    rows, channels = data.shape
    for k in range(len(values)):
        m, n = rows - k, channels - k
        if noise_level is None:
            sigma = np.sqrt((values[k:] ** 2).sum() / (m * n))
            if values[-1] < 0.7 * sigma * abs(np.sqrt(m) - np.sqrt(n)):
                continue
        else:
            sigma = noise_level / np.sqrt(rows * channels)
        if values[k] <= sigma * (np.sqrt(m) + np.sqrt(n)):
            return max(k, 1)
    return len(values)


@pytest.mark.covering(2)
@DTYPES
@SHAPES
@pytest.mark.parametrize("rank", [1, 4, 11])
def test_noiseless_data_have_their_rank_and_range(dtype, shape, rank):
    rows = low_rank(shape, rank, dtype)
    space = find_signal_space(rows)
    assert space.rank == rank
    assert space.basis.dtype == space.rotation.combinations.dtype == dtype
    tight = {"rtol": 0, "atol": 1e-4 if dtype in ("float32", "complex64") else 1e-11}
    np.testing.assert_allclose(space.basis.conj().T @ space.basis, np.eye(rank), **tight)
    np.testing.assert_allclose(
        space.rotation.combinations.conj().T @ space.rotation.combinations, np.eye(rank), **tight
    )
    again = (space.rotation.combinations * space.values[:rank]) @ space.basis.T
    np.testing.assert_allclose(again, rows, rtol=0, atol=tight["atol"] * np.abs(rows).max() * 10)
    matrix = rows.T
    projected = space.basis @ (space.basis.conj().T @ matrix)
    np.testing.assert_allclose(projected, matrix, rtol=0, atol=tight["atol"] * 100)
    assert len(space.values) == min(shape)
    assert (np.diff(space.values) <= 0).all()


@pytest.mark.parametrize("rank", [1, 3, 10, 18, 24, 27])
def test_noiseless_joint_sparse_data(rank):
    for seed in range(10):
        data = make_joint_sparse(38, rank=rank, random_state=seed).problem.data
        assert numerical_rank(data) == numerical_rank(data.T) == rank


@pytest.mark.covering(2)
@pytest.mark.parametrize("settings", [{"snr_db": 30}, {"noise": 0.1}], ids=["30 dB", "0.1"])
@pytest.mark.parametrize("rank", [3, 10, 18, 24])
@pytest.mark.parametrize("told", [False, True], ids=["from the data", "from the noise level"])
def test_noisy_data_have_their_rank_nearly_always(rank, settings, told):
    found = []
    for seed in range(20):
        data = make_joint_sparse(rank=rank, random_state=seed, **settings)
        noise_level = data.noise_level if told else None
        found.append(numerical_rank(data.problem.data, noise_level))
        assert found[-1] == rank_written_out(data.problem.data, noise_level)
    assert np.mean(np.array(found) == rank) >= 0.75
    assert {rank} <= set(found) <= {rank, rank + 1}


def test_data_of_full_rank_are_not_taken_for_noise():
    """With as many independent channels as there are, the smallest values are all of one kind."""
    for seed in range(20):
        data = make_joint_sparse(rank=30, noise=0.1, random_state=seed)
        assert numerical_rank(data.problem.data) >= 23
        assert numerical_rank(data.problem.data, data.noise_level) >= 28


@pytest.mark.parametrize("seed", range(5))
def test_channels_rotated_to_fewer_keep_their_noise(seed):
    data = make_joint_sparse(30, n_channels=200, rank=16, snr_db=8, random_state=seed)
    view = FeatureView.of(data.problem, rotate=True)
    assert view.data.shape == (30, 30)
    for noise_level in (None, data.noise_level):
        expected = numerical_rank(data.problem.data, noise_level)
        assert SignalSpace.of(view, noise_level=noise_level).rank == expected > 5


@pytest.mark.parametrize("shape", [(1, 5), (5, 1), (1, 1)], ids=str)
def test_one_channel_or_one_row(shape):
    assert find_signal_space(np.ones(shape)).rank == 1
    assert find_signal_space(np.ones(shape), noise_level=0.1).rank == 1


def test_zero_data_have_no_signal():
    for noise_level in (None, 0.0, 1.0):
        space = find_signal_space(np.zeros((3, 5)), noise_level=noise_level)
        assert space.rank == 0
        assert space.basis.shape == (5, 0)
    view = FeatureView.of(Problem(np.eye(5), np.zeros((5, 3))))
    assert SignalSpace.of(view, rank=2).rank == 0


@pytest.mark.parametrize("scale", [1e-44, 1e44])
def test_scale_makes_no_difference(scale):
    data = make_joint_sparse(rank=5, snr_db=30, random_state=1).problem.data
    assert numerical_rank(scale * data) == numerical_rank(data) == 5


def test_a_noise_level_of_zero_means_all_that_is_not_rounding():
    assert numerical_rank(np.eye(6), 0.0) == 6
    assert numerical_rank(low_rank((9, 7), 4), 0.0) == 4


def test_a_given_rank_is_taken():
    rows = low_rank((12, 30), 6)
    assert find_signal_space(rows, 4).rank == 4
    assert find_signal_space(rows, 6, noise_level=1e6).rank == 6


@pytest.mark.parametrize("rank", [0, -1, 7, 13])
def test_a_rank_that_the_data_do_not_have(rank):
    with pytest.raises(ValueError, match=rf"rank must be from 1 to 6, .* got {rank}"):
        find_signal_space(low_rank((12, 30), 6), rank)


@pytest.mark.parametrize(
    ("data", "noise_level", "message"),
    [
        (np.ones(3), None, r"data must be a matrix, got shape \(3,\)"),
        (np.full((2, 2), np.nan), None, "data has 4 NaN"),
        (np.eye(2), -1.0, "noise_level must be finite and not negative, got -1.0"),
        (np.eye(2), np.inf, "noise_level"),
    ],
)
def test_bad_input(data, noise_level, message):
    with pytest.raises(ValueError, match=message):
        numerical_rank(data, noise_level)
