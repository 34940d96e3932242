"""The phantom has the published experiment's sparsity, rank and peak."""

import numpy as np
import pytest
import pywt

from groupsparse.datasets import make_shepp_logan_channels


def haar_support(image: np.ndarray) -> np.ndarray:
    """Where six levels of PyWavelets' Haar transform are not zero."""
    bands = pywt.wavedec2(image, "haar", mode="periodization", level=6)
    return np.abs(pywt.coeffs_to_array(bands)[0]) > 1e-9


@pytest.mark.parametrize("seed", range(5))
def test_sparsity_rank_and_peak(seed):
    images = make_shepp_logan_channels(64, random_state=seed)
    assert (images.shape, images.dtype) == ((3, 64, 64), np.float64)
    supports = np.stack([haar_support(image) for image in images])
    assert supports[0].sum() == 721
    assert supports.any(axis=0).sum() == 725
    assert np.linalg.matrix_rank(images.reshape(3, -1)) == 3
    assert np.abs(images).max() == 1


def test_channel_0_is_the_modified_shepp_logan_phantom():
    image = make_shepp_logan_channels(64, 1)[0]
    expected = {"outside": 0.0, "skull": 1.0, "brain": 0.2, "ventricle": 0.0, "top": 0.3}
    places = {
        "outside": (0, 0),
        "skull": (3, 32),
        "brain": (32, 32),
        "ventricle": (32, 25),
        "top": (20, 32),
    }
    for name, place in places.items():
        assert image[place] == pytest.approx(expected[name], abs=1e-12), name


def test_channels_share_their_edges_but_not_their_intensities():
    """Each ellipse's intensity changes by a factor from 0.5 to 1.5 and a random sign."""
    images = make_shepp_logan_channels(64, 40, random_state=0)
    images /= images[0, 3, 32]  # in units of channel 0's outermost ellipse
    skull = images[1:, 3, 32]
    assert 0.5 <= np.abs(skull).min() < 0.6
    assert 1.4 < np.abs(skull).max() <= 1.5
    assert 10 < (skull > 0).sum() < 29
    # Every channel is constant on the same regions.
    first_two, all_of_them = (
        np.unique(some.reshape(len(some), -1).round(9), axis=1) for some in (images[:2], images)
    )
    assert first_two.shape[1] == all_of_them.shape[1] == 13


def test_one_seed_gives_one_phantom():
    first, again, other = (make_shepp_logan_channels(32, random_state=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0.1
    rng = np.random.default_rng(3)
    np.testing.assert_array_equal(first, make_shepp_logan_channels(32, random_state=rng))


@pytest.mark.parametrize(
    ("size", "n_channels", "named"), [(1, 3, "size"), (2, 3, "size"), (64, 0, "n_channels")]
)
def test_bad_sizes_are_named(size, n_channels, named):
    with pytest.raises(ValueError, match=f"^{named} must be an integer of at least"):
        make_shepp_logan_channels(size, n_channels)


@pytest.mark.parametrize("size", [3, 7, 33])
def test_small_and_odd_sizes(size):
    images = make_shepp_logan_channels(size, 2, random_state=0)
    assert images.shape == (2, size, size)
    assert np.abs(images).max() == 1
