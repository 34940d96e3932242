"""A stack of slices of a phantom that coils see, in files of every kind."""

import numpy as np
import pytest

from groupsparse.datasets import make_coil_sensitivities
from groupsparse.toolkit.operators import PartialFourier

SHAPE = (32, 40)


def make_stack(n_slices=4, n_coils=3, seed=0):
    """K-space (slice, coil, y, x) of boxes, every third line missing outside the centre."""
    rng = np.random.default_rng(seed)
    maps = make_coil_sensitivities(n_coils, SHAPE)
    fourier = PartialFourier(np.ones(SHAPE))
    images = np.zeros((n_slices, *SHAPE))
    for number, image in enumerate(images):
        image[6 + number : 22, 8:30] = 1.0
        image[12:16, 12 : 18 + number] = 0.4
    kspace = fourier.apply((maps * images[:, None]).astype(complex))
    kspace += 0.01 * (rng.standard_normal(kspace.shape) + 1j * rng.standard_normal(kspace.shape))
    kspace = kspace.reshape(n_slices, n_coils, *SHAPE)
    lines = (np.arange(SHAPE[1]) % 2 == 0) | (abs(np.arange(SHAPE[1]) - 20) < 7)
    return (kspace * lines).astype(np.complex64), images


@pytest.fixture
def stack():
    return make_stack()


@pytest.fixture
def source(tmp_path, stack):
    path = tmp_path / "kspace.npy"
    np.save(path, stack[0])
    return path
