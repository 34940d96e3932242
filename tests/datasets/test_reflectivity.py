"""Random reflectivities with common reflectors."""

import numpy as np
import pytest

from groupsparse.datasets import make_joint_reflectivity


def test_one_support_and_independent_strengths_for_every_shot():
    made = make_joint_reflectivity(400, 300, 20, random_state=0)
    assert made.reflectivity.shape == (400, 300)
    np.testing.assert_array_equal(np.flatnonzero(made.reflectivity.any(axis=0)), made.reflectors)
    values = made.reflectivity[:, made.reflectors]
    relative = values / values.mean(axis=0)
    np.testing.assert_allclose(relative.std(axis=0), 0.5, atol=0.12)


def test_strengths_are_laplace_distributed():
    made = make_joint_reflectivity(1, 20_000, 20_000, variation=0.0, random_state=1)
    values = np.abs(made.reflectivity)
    assert values.mean() == pytest.approx(1, abs=0.03)
    assert (values > 3).mean() == pytest.approx(np.exp(-3), abs=0.006)


def test_reversing_polarity():
    made = make_joint_reflectivity(5, 100, 8, variation=0.0, polarity="reversing", random_state=0)
    values = made.reflectivity[:, made.reflectors]
    np.testing.assert_allclose(values[-1], -values[0])
    np.testing.assert_allclose(values[2], 0, atol=1e-15)


def test_the_seed_determines_the_result():
    one, same, other = (make_joint_reflectivity(random_state=seed) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one.reflectivity, same.reflectivity)
    assert (one.reflectors != other.reflectors).any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_shots": 0}, "n_shots"),
        ({"n_samples": 3, "n_reflectors": 4}, "n_reflectors must be at most n_samples, 3, got 4"),
        ({"variation": -1.0}, "variation"),
        ({"polarity": "up"}, "polarity must be one of"),
    ],
)
def test_bad_input(change, message):
    with pytest.raises(ValueError, match=message):
        make_joint_reflectivity(**change)
