"""Runs of consecutive features, and groups across channels that use them."""

import numpy as np
import pytest

from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.groups.runs import LONGEST_RUN, find_runs
from groupsparse.toolkit.testing import random_array


def test_runs_cover_all_positions_once():
    gaps = np.random.default_rng(0).random(9000) < 0.001
    positions = np.flatnonzero(~gaps)
    runs = find_runs(positions)
    assert runs[:, 2].max() == LONGEST_RUN
    spread = [np.arange(first, first + length) for _, first, length in runs]
    np.testing.assert_array_equal(np.concatenate(spread), positions)
    np.testing.assert_array_equal(runs[:, 0], np.cumsum(runs[:, 2]) - runs[:, 2])


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64", "complex128"])
@pytest.mark.parametrize("n_free", [0, 5])
def test_groups_across_channels_agree_with_numpy(dtype, n_free):
    free = np.zeros((40, 50), dtype=bool)
    free[:n_free, :n_free] = True
    rng = np.random.default_rng(1)
    x = random_array((3, 40, 50), dtype, rng)
    groups = Groups.across(0, free).bind(x.shape)
    norms = groups.norms(x)
    tolerance = 10 * np.finfo(norms.dtype).eps
    np.testing.assert_allclose(norms, np.linalg.norm(x[:, ~free], axis=0), rtol=tolerance)
    factors = np.ones((40, 50), dtype=norms.dtype)
    factors[~free] = rng.random(groups.n_groups)
    np.testing.assert_allclose(
        groups.scale(x, factors[~free]), x * factors, rtol=tolerance, atol=tolerance
    )
