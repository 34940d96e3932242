"""Noise is estimated channel by channel, whatever a minority of the data holds besides."""

import numpy as np
import pytest

from groupsparse.toolkit.noise import balance_noise
from groupsparse.toolkit.selection import estimate_noise

DEVIATIONS = np.array([0.5, 1.0, 4.0])


def _noise(shape, *, is_complex=False):
    rng = np.random.default_rng(3)
    values = rng.standard_normal(shape)
    return (values + 1j * rng.standard_normal(shape)) / np.sqrt(2) if is_complex else values


@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize("order", [0, 1, 4])
def test_the_deviation_of_white_noise_is_found_in_each_channel(is_complex, order):
    noise = _noise((4, 3, 5000), is_complex=is_complex) * DEVIATIONS[:, None]
    np.testing.assert_allclose(
        estimate_noise(noise, channel_axis=1, order=order), DEVIATIONS, rtol=0.04
    )


def test_spikes_and_dead_traces_hardly_count():
    noise = _noise((3, 8000)) * DEVIATIONS[:, None]
    noise[:, ::100] += 1000
    noise[:, 3000:6000] = 0
    np.testing.assert_allclose(estimate_noise(noise), DEVIATIONS, rtol=0.06)


def test_differences_remove_a_smooth_signal():
    times = np.arange(4000)[:, None]
    data = 50 * np.sin(times / 40) + _noise((4000, 3)) * DEVIATIONS
    found = estimate_noise(data, order=3, axis=0, channel_axis=-1)
    np.testing.assert_allclose(found, DEVIATIONS, rtol=0.06)


def test_weighted_by_the_estimate_the_noise_has_the_norm_of_one_for_each_datum():
    noise = _noise((3, 5000), is_complex=True) * DEVIATIONS[:, None]
    whitened = noise / estimate_noise(noise)[:, None]
    np.testing.assert_allclose(np.linalg.norm(whitened), np.sqrt(noise.size), rtol=0.02)


def test_a_channel_of_zeros_has_no_noise():
    assert estimate_noise(np.zeros((2, 5))).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"data": [[1.0, np.nan]]}, "data has 1 NaN"),
        ({"order": 2}, "order must be less than the number of data along axis -1, 2, got 2"),
        ({"order": -1}, "order must be an integer from 0 to 20"),
        ({"axis": 2}, "axis must be an axis of data with 2 axes, got 2"),
        ({"channel_axis": 0.0}, "channel_axis must be an axis"),
        ({"order": 1, "axis": 0}, "axis must not be that of channels, got 0 for both"),
    ],
)
def test_bad_arguments_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        estimate_noise(**{"data": np.ones((3, 2)), **change})


def test_weights_are_balanced():
    assert balance_noise(np.full(3, 0.7)) == (0.7, None)
    assert balance_noise(np.zeros(2)) == (0.0, None)
    deviation, weights = balance_noise(np.array([1.0, 2.0, 1e12]))
    np.testing.assert_allclose((weights * [1.0, 2.0, 1e12] / deviation)[:2], 1)
    assert (weights**2).mean() == pytest.approx(1)
    assert weights[2] > 0
    deviation, weights = balance_noise(np.array([0.0, 2.0, 4.0]))
    np.testing.assert_allclose(weights * [2.0, 2.0, 4.0] / deviation, 1)
