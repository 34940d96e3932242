"""The convolution that calibration data define, and its eigenvectors at every pixel."""

import numpy as np
import pytest

from groupsparse.toolkit.calibration import correlate_signal_kernels, find_eigenmaps
from groupsparse.toolkit.testing import random_array


def data_of(shape, n_channels=1, seed=0, dtype="complex128"):
    """Return patches of low rank: few plane waves, as all coils see them, and a little noise."""
    rng = np.random.default_rng(seed)
    places = np.stack(np.meshgrid(*map(np.arange, shape[1:]), indexing="ij"))
    waves = np.exp(
        1j * np.einsum("wa,a...->w...", [[-2.0], [0.3], [2.0]] * np.ones(len(places)), places)
    )
    factors = random_array((n_channels, 1, 3), "complex128", rng)
    factors = factors * random_array((shape[0], 3), "complex128", rng)
    noise = random_array((n_channels, *shape), "complex128", rng)
    return (np.einsum("lcw,w...->lc...", factors, waves) + 0.01 * noise).astype(dtype)


def patches_of(channel, widths):
    """Return all patches as rows, one by one."""
    places = np.ndindex(*(n - w + 1 for n, w in zip(channel.shape[1:], widths, strict=True)))
    parts = [tuple(slice(p, p + w) for p, w in zip(place, widths, strict=True)) for place in places]
    return np.array([channel[(slice(None), *part)].ravel() for part in parts])


def projection_in_the_image(data, widths, threshold, shape):
    """Return the matrix of coils at every pixel, through the image of every kernel (eq. 12)."""
    rows = np.concatenate([patches_of(channel, widths) for channel in data])
    _, values, right = np.linalg.svd(rows, full_matrices=False)
    kernels = right[values**2 > threshold * values[0] ** 2].reshape(-1, data.shape[1], *widths)
    padded = np.zeros((*kernels.shape[:2], *shape), complex)
    padded[(slice(None), slice(None), *(slice(w) for w in widths))] = kernels
    axes = tuple(range(2, padded.ndim))
    images = np.fft.fftshift(np.fft.fftn(padded.conj(), axes=axes), axes=axes)
    return np.einsum("kc...,kd...->...dc", images, images.conj()) / np.prod(widths)


CASES = [((3, 9, 8), (4, 3), (10, 7)), ((2, 14), (5,), (16,)), ((2, 6, 5, 7), (3, 2, 3), (4, 6, 5))]


@pytest.mark.parametrize(("region", "widths", "shape"), CASES)
@pytest.mark.parametrize("n_sets", [1, 2])
def test_maps_are_eigenvectors_of_the_projection_on_all_kernels(region, widths, shape, n_sets):
    data = data_of(region, n_channels=2)
    matrices = projection_in_the_image(data, widths, 0.001, shape)
    values, vectors = np.linalg.eigh(matrices)
    found, maps = find_eigenmaps(correlate_signal_kernels(data, widths, 0.001), shape, n_sets)
    assert maps.shape == (n_sets, region[0], *shape)
    np.testing.assert_allclose(np.linalg.norm(maps, axis=1), 1, atol=1e-10)
    np.testing.assert_allclose(found[0], values[..., -1], rtol=0.02)
    if n_sets == 2:
        np.testing.assert_allclose(found[1], values[..., -2], atol=5e-3)
    gap = values[..., -1] - values[..., -2] > 0.2 * values[..., -1]
    np.testing.assert_allclose(found[0][gap], values[..., -1][gap], rtol=1e-4)
    assert gap.mean() > 0.2
    alike = np.abs(np.einsum("c...,...c->...", maps[0].conj(), vectors[..., -1]))
    assert alike[gap].min() > 1 - 1e-5


def test_eigenvalues_lie_between_zero_and_one_and_single_precision_stays():
    data = data_of((4, 12, 12), dtype="complex64")
    kernels = correlate_signal_kernels(data, (4, 4))
    assert kernels.dtype == np.complex64
    values, maps = find_eigenmaps(kernels, (20, 20), 4)
    assert maps.dtype == np.complex64
    assert values.min() > -1e-4
    assert values.max() < 1 + 1e-4


def test_all_kernels_together_are_the_identity():
    noise = random_array((1, 2, 20, 20), "complex128", np.random.default_rng(0))
    kernels = correlate_signal_kernels(noise, (2, 3), 0.0)
    expected = np.zeros((2, 2, 3, 5))
    expected[[0, 1], [0, 1], 1, 2] = 1
    np.testing.assert_allclose(kernels, expected, atol=1e-12)


def test_soft_weights_lower_what_is_noise():
    data = data_of((3, 16, 16))
    noise = random_array(data.shape, "complex128", np.random.default_rng(1))
    trace = [
        np.einsum("cc->", correlate_signal_kernels(data + noise, (4, 4), 0.0, soft=soft)[..., 3, 3])
        for soft in (False, True)
    ]
    assert trace[0] == pytest.approx(3)
    assert 0.1 < trace[1].real < 0.6 * 3
