"""How channels are ordered and left out: against the singular values and noise drawn at random."""

import numpy as np
import pytest

from groupsparse.toolkit.operators import Matrix
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.reformulations.channel_reduction import Channels
from groupsparse.toolkit.testing import random_array


def problem_of(rows, n_features=4):
    """Return a problem whose data are these, one row per channel."""
    return Problem(np.ones((rows.shape[1], n_features)), np.ascontiguousarray(rows.T))


def signal(values, shape, dtype="float64", seed=0):
    """Return a matrix (n_channels, n_rows) with given singular values, the rest zero."""
    rng = np.random.default_rng(seed)
    left = np.linalg.qr(random_array((shape[0], len(values)), dtype, rng))[0]
    right = np.linalg.qr(random_array((shape[1], len(values)), dtype, rng))[0]
    return (left * np.array(values)) @ right.conj().T


DTYPES = pytest.mark.parametrize("dtype", ["float64", "complex128"])
SHAPES = pytest.mark.parametrize("shape", [(12, 30), (30, 12), (7, 7), (1, 9), (9, 1)])


@DTYPES
@SHAPES
class TestStrongest:
    def test_all_of_them_are_the_data(self, dtype, shape):
        rows = random_array(shape, dtype, np.random.default_rng(0))
        channels = Channels(problem_of(rows), 0.3)
        assert channels.rank == min(shape)
        reduced = channels.keep_strongest(channels.rank)
        back = reduced.view.in_data_shape(reduced.view.data)
        np.testing.assert_allclose(back.T, rows, atol=1e-12)
        assert reduced.noise_level == pytest.approx(0.3)

    def test_few_are_the_best_of_that_rank(self, dtype, shape):
        rows = random_array(shape, dtype, np.random.default_rng(1))
        channels = Channels(problem_of(rows))
        left, values, right = np.linalg.svd(rows, full_matrices=False)
        for n in range(1, channels.rank + 1):
            reduced = channels.keep_strongest(n)
            assert reduced.view.data.shape == (n, shape[1])
            assert reduced.view.data.dtype == dtype
            assert reduced.noise_level == 0
            best = (left[:, :n] * values[:n]) @ right[:n]
            back = reduced.view.in_data_shape(reduced.view.data)
            np.testing.assert_allclose(back.T, best, atol=1e-12)
            np.testing.assert_allclose(
                np.linalg.norm(reduced.view.data, axis=1), values[:n], rtol=1e-10
            )

    def test_the_noise_in_them(self, dtype, shape):
        """Beside strong signal of rank n, so much white noise lies in n leading channels."""
        rng = np.random.default_rng(2)
        for n in {1, min(shape) // 2, min(shape)} - {0}:
            exact = signal(1e4 * (1 + np.arange(n)), shape, dtype)
            drawn = []
            for _ in range(60):
                noise = random_array(shape, dtype, rng)
                noise /= np.linalg.norm(noise)
                reduced = Channels(problem_of(exact + noise), 1.0).keep_strongest(n)
                rotation = reduced.view.rotation.combinations
                left = rotation.conj().T @ (exact + noise)
                away = np.linalg.norm(exact + noise) ** 2 - np.linalg.norm(left) ** 2
                drawn.append(1 - away)
            assert reduced.noise_level**2 == pytest.approx(np.mean(drawn), abs=0.04)


class TestRank:
    @DTYPES
    def test_exact(self, dtype):
        rows = signal([3.0, 2.0, 1.0, 1e-7], (10, 20), dtype)
        assert Channels(problem_of(rows)).rank == 4
        assert Channels(problem_of(rows)).keep_strongest(4).view.data.shape == (4, 20)
        assert Channels(problem_of(signal([3.0, 2.0, 1e-18], (10, 20), dtype))).rank == 2

    def test_zero(self):
        channels = Channels(problem_of(np.zeros((3, 5))), 1.0)
        assert channels.rank == 0

    def test_single_vectors_and_operators_of_all_channels(self):
        data = np.arange(5.0)
        flat = Channels(Problem(np.ones((5, 4)), data), 0.2)
        assert flat.rank == 1
        for reduced in (flat.keep_strongest(1), flat.keep_outstanding(2.0), flat.drop_noise()):
            np.testing.assert_array_equal(reduced.view.data, data[None])
            assert reduced.noise_level == 0.2
        assert Channels(Problem(np.ones((5, 4)), 0 * data)).rank == 0
        assert Channels(Problem(Matrix(np.ones((5, 4))), data)).keep_signal().view.rotation is None


class TestNoise:
    shape = (20, 60)  # the edge of noise of norm 1 is 1 / sqrt(20) + 1 / sqrt(60) = 0.35

    def noisy(self, values, seed=0):
        rng = np.random.default_rng(seed)
        noise = rng.standard_normal(self.shape)
        noise /= np.linalg.norm(noise)
        return Channels(problem_of(signal(values, self.shape) + noise), 1.0)

    def test_outstanding(self):
        for seed in range(10):
            channels = self.noisy([10.0, 5.0, 1.0], seed)
            assert len(channels.keep_outstanding(1.0).view.data) == 3
            assert len(channels.keep_outstanding(4.0).view.data) == 2
            assert len(channels.keep_outstanding(100.0).view.data) == 1
            assert len(channels.keep_signal().view.data) in (3, 4)  # one more by chance
            assert channels.rank == 20

    def test_signal_is_found_in_more_channels_than_stand_out_from_noise_alone(self):
        """Beside fifteen channels of signal there is less room for noise, and its edge is lower."""
        values = np.geomspace(10, 0.3, 15)
        for seed in range(10):
            channels = self.noisy(values, seed)
            standing = len(channels.keep_outstanding(1.0).view.data)
            assert standing <= len(channels.keep_signal().view.data) <= 16
        assert standing < len(channels.keep_signal().view.data)

    def test_only_noise_leaves_one_channel(self):
        channels = self.noisy([0.0])
        assert len(channels.keep_outstanding(1.0).view.data) == 1

    def test_no_noise_keeps_all(self):
        rows = signal([1.0, 1e-3, 1e-6], self.shape)
        for reduced in (
            Channels(problem_of(rows)).keep_outstanding(4.0),
            Channels(problem_of(rows)).drop_noise(),
            Channels(problem_of(rows)).keep_signal(),
        ):
            assert len(reduced.view.data) == 3
            assert reduced.noise_level == 0

    @pytest.mark.parametrize("values", [[3.0], [10.0, 1.0, 0.4], np.geomspace(5, 0.01, 20)])
    def test_dropping_noise_leaves_out_no_more_than_noise(self, values):
        for seed in range(10):
            channels = self.noisy(values, seed)
            reduced = channels.drop_noise()
            kept = len(reduced.view.data)
            everything = channels.keep_strongest(channels.rank).view.data
            omitted = np.linalg.norm(everything[kept:]) ** 2
            white = (1 - kept / 20) * (1 - kept / 60)
            assert omitted <= max(0.5, 1.05 * white) + 1e-12
            assert kept >= len(channels.keep_outstanding(1.0).view.data)
            # What is left out counts: the rest is for the channels kept, as far as it is noise.
            assert reduced.noise_level <= np.sqrt(1 - white) + 1e-12
            assert 0 < reduced.noise_level < 1

    def test_noise_that_is_not_white(self):
        """All noise in three channels: what is left out is at most half of it."""
        rng = np.random.default_rng(5)
        rows = signal([10.0], self.shape)
        rows += signal([0.65, 0.55, 0.5], self.shape, seed=4)
        rows += 1e-3 * rng.standard_normal(self.shape)
        channels = Channels(problem_of(rows), 1.0)
        kept = len(channels.drop_noise().view.data)
        everything = channels.keep_strongest(channels.rank).view.data
        assert np.linalg.norm(everything[kept:]) ** 2 <= max(0.5, (1 - kept / 20) * 1.05)
