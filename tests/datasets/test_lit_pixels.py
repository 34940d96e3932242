"""The picture with 152 lit pixels, and the order of its coefficients."""

import numpy as np
import pytest

from groupsparse.datasets import draw_lit_pixels, make_lit_pixels, reshape_to_picture


@pytest.fixture(scope="module")
def data():
    return make_lit_pixels(random_state=0)


def test_the_picture_has_the_published_size():
    picture = draw_lit_pixels()
    assert picture.shape == (3, 48, 48)
    lit = picture.any(axis=0)
    assert np.count_nonzero(lit) == 152
    values = picture[:, lit]
    assert (values.min(), values.max()) == (0.25, 1.0)
    assert len(np.unique(values, axis=1).T) == 6


def test_the_problem_has_the_published_size(data):
    assert data.problem.operator.values.shape == (1152, 6912)
    assert data.problem.groups.n_groups == 2304
    np.testing.assert_array_equal(data.problem.groups.sizes, 3)
    assert data.noise_level == pytest.approx(1e-3 * np.sqrt(1152), rel=0.1)


def test_in_group_condition(data):
    matrix = data.problem.operator.values
    np.testing.assert_allclose(np.linalg.norm(matrix, axis=0), 1)
    blocks = matrix.reshape(1152, -1, 3).transpose(1, 0, 2)
    assert np.median(np.linalg.cond(blocks[::10])) == pytest.approx(28, rel=0.05)


def test_a_group_is_the_three_colours_of_a_pixel(data):
    picture = draw_lit_pixels()
    pixels = data.coef.reshape(-1, 3)
    for group in data.active_groups:
        y, x = divmod(group, 48)
        np.testing.assert_array_equal(pixels[group], picture[:, y, x])
    np.testing.assert_array_equal(data.active_groups, np.flatnonzero(picture.any(axis=0)))
    np.testing.assert_array_equal(reshape_to_picture(data.coef), picture)


def test_the_seed_draws_matrix_and_noise(data):
    again, other = make_lit_pixels(5, random_state=1), make_lit_pixels(5, random_state=2)
    same = make_lit_pixels(5, random_state=1)
    np.testing.assert_array_equal(again.problem.data, same.problem.data)
    assert (again.problem.data != other.problem.data).all()
    np.testing.assert_array_equal(again.coef, other.coef)
    rest = again.problem.data - again.problem.operator.apply(again.coef)
    assert np.linalg.norm(rest) == pytest.approx(again.noise_level)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_rows": 0}, "n_rows must be an integer of at least 1, got 0"),
        ({"theta": np.inf}, "theta must be a finite number, got inf"),
        ({"sigma": -1.0}, "sigma must be finite and not negative, got -1.0"),
    ],
)
def test_parameters_are_checked(settings, message):
    with pytest.raises(ValueError, match=message):
        make_lit_pixels(**{"n_rows": 5, **settings})
