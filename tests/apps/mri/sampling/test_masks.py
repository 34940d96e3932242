"""Masks hold exactly what was asked for, on grids of any parity."""

import re

import numpy as np
import pytest

from groupsparse.apps.mri.sampling.masks import (
    make_mask,
    make_radial_mask,
    make_variable_density_mask,
)
from groupsparse.toolkit.operators import HalfPlaneFourier

SHAPES = [(64, 64), (33, 47), (32, 47), (10, 64), (100, 12), (4, 4), (5, 4)]


def mirrored(mask: np.ndarray) -> np.ndarray:
    """The mask at negative frequencies: reversed, but even axes keep their lowest frequency."""
    even = tuple(1 - n % 2 for n in mask.shape)
    return np.roll(mask[::-1, ::-1], even, axis=(0, 1))


def test_the_published_radial_mask():
    """22 lines on 64 x 64: 1257 samples, the zero frequency and 628 pairs of others."""
    mask = make_radial_mask((64, 64), 22)
    assert (mask.dtype, mask.sum()) == (bool, 1257)
    assert mask[32, 32]
    np.testing.assert_array_equal(mask, mirrored(mask))
    assert not mask[0].any()
    assert not mask[:, 0].any()
    rows, columns = np.nonzero(mask)
    upper = (rows < 32) | ((rows == 32) & (columns < 32))
    assert upper.sum() == 628


def test_only_22_lines_give_the_published_number_of_rows():
    counts = [n for n in range(5, 61) if make_radial_mask((64, 64), n).sum() == 1257]
    assert counts == [22]


def test_the_rows_of_the_published_operator_are_orthonormal():
    operator = HalfPlaneFourier(make_radial_mask((64, 64), 22))
    matrix = np.stack([operator.adjoint(row) for row in np.eye(1257)]).reshape(1257, 4096)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(1257), atol=1e-13)
    image = np.random.default_rng(0).standard_normal(4096)
    np.testing.assert_allclose(matrix @ image, operator.apply(image.reshape(64, 64)), atol=1e-12)


@pytest.mark.parametrize("n_lines", [1, 2, 4, 7, 24])
@pytest.mark.parametrize("shape", SHAPES)
def test_radial_masks_are_symmetric_lines_through_the_centre(shape, n_lines):
    mask = make_radial_mask(shape, n_lines)
    assert mask.shape == shape
    assert mask[shape[0] // 2, shape[1] // 2]
    np.testing.assert_array_equal(mask, mirrored(mask))
    assert mask.sum() <= n_lines * (max(shape) - 1)


def test_one_line_and_two_lines():
    cross = np.zeros((9, 12), dtype=bool)
    cross[4, 1:] = True
    np.testing.assert_array_equal(make_radial_mask((9, 12), 1), cross)
    cross[1:-1, 6] = True
    np.testing.assert_array_equal(make_radial_mask((9, 12), 2), cross)


@pytest.mark.parametrize("fraction", [0.07, 0.1, 0.25, 0.3, 0.777, 1.0])
@pytest.mark.parametrize("shape", SHAPES)
def test_variable_density_counts(shape, fraction):
    expected = max(1, round(fraction * shape[0] * shape[1]))
    for seed in range(3):
        mask = make_variable_density_mask(shape, fraction, random_state=seed)
        assert (mask.shape, mask.dtype, mask.sum()) == (shape, bool, expected)
        assert mask[shape[0] // 2, shape[1] // 2]


@pytest.mark.parametrize("fraction", [0.01, 0.1, 0.25, 0.3, 0.777, 1.0])
@pytest.mark.parametrize("shape", [(64, 64), (33, 47), (32, 47), (10, 12)])
def test_symmetric_masks_hold_every_negative(shape, fraction):
    expected = round(fraction * shape[0] * shape[1])
    for seed in range(3):
        mask = make_variable_density_mask(shape, fraction, symmetric=True, random_state=seed)
        np.testing.assert_array_equal(mask, mirrored(mask))
        assert expected <= mask.sum() <= expected + 1
        assert mask[shape[0] // 2, shape[1] // 2]


@pytest.mark.parametrize("symmetric", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_whole_plane(shape, symmetric):
    assert make_variable_density_mask(shape, 1.0, symmetric=symmetric, random_state=0).all()


def test_one_seed_gives_one_mask():
    first, again, other = (
        make_variable_density_mask((32, 32), 0.3, random_state=seed) for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    rng = np.random.default_rng(5)
    np.testing.assert_array_equal(
        first, make_variable_density_mask((32, 32), 0.3, random_state=rng)
    )
    assert (make_variable_density_mask((32, 32), 0.3, random_state=rng) != first).any()


def test_the_centre_is_full_and_the_density_falls():
    masks = [make_variable_density_mask((65, 65), 0.3, random_state=seed) for seed in range(20)]
    density = np.mean(masks, axis=0)
    y, x = np.indices((65, 65)) - 32
    radius = np.hypot(y, x) / 32.5
    assert (density[radius <= 0.08] == 1).all()
    rings = [density[(radius > low) & (radius <= low + 0.2)].mean() for low in (0.1, 0.4, 0.7)]
    assert rings[0] > 1.5 * rings[1] > 2.25 * rings[2] > 0


def test_a_centre_with_too_few_samples_is_not_cut_in_half():
    """600 samples of a centre of 1300: the zero frequency is one, and all quadrants have some."""
    mask = make_variable_density_mask((512, 512), 600 / 512**2, random_state=0)
    assert mask.sum() == 600
    assert mask[256, 256]
    quadrants = [mask[rows, columns].sum() for rows in (np.s_[:256], np.s_[256:])
                 for columns in (np.s_[:256], np.s_[256:])]  # fmt: skip
    assert min(quadrants) > 100


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((64, 64), 0), "n_lines must be an integer of at least 1, got 0"),
        (((64, 3), 5), "at least 4 x 4 pixels, got shape"),
        (((64, 64, 3), 5), "shape must be 2 positive integers"),
    ],
)
def test_bad_radial_masks(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_radial_mask(*arguments)


@pytest.mark.parametrize("fraction", [0, -0.1, 1.01, np.nan, np.inf])
def test_bad_fractions(fraction):
    with pytest.raises(ValueError, match="above 0 and at most 1, got"):
        make_variable_density_mask((16, 16), fraction)


def test_a_fraction_that_leaves_nothing():
    with pytest.raises(ValueError, match="no sample"):
        make_variable_density_mask((16, 16), 1e-4)


@pytest.mark.parametrize("symmetric", [False, True])
def test_descriptions(symmetric):
    expected = make_variable_density_mask((16, 20), 0.3, symmetric=symmetric, random_state=1)
    mask = make_mask("variable:0.3", (16, 20), symmetric=symmetric, random_state=1)
    np.testing.assert_array_equal(mask, expected)
    np.testing.assert_array_equal(make_mask("radial:7", (16, 20)), make_radial_mask((16, 20), 7))


def test_a_file_as_mask(tmp_path):
    mask = make_variable_density_mask((8, 9), 0.3, random_state=0)
    np.save(tmp_path / "mask.npy", mask)
    np.testing.assert_array_equal(make_mask(str(tmp_path / "mask.npy"), (8, 9)), mask)
    with pytest.raises(ValueError, match=r"expected the image's shape \(9, 8\), got \(8, 9\)"):
        make_mask(str(tmp_path / "mask.npy"), (9, 8))
    np.save(tmp_path / "none.npy", np.zeros((8, 9)))
    with pytest.raises(ValueError, match="has no sample"):
        make_mask(str(tmp_path / "none.npy"), (8, 9))


@pytest.mark.parametrize(
    ("description", "error", "words"),
    [
        ("radial:many", ValueError, "expected a whole number of lines, got 'many'"),
        ("radial:2.5", ValueError, "expected a whole number of lines, got '2.5'"),
        ("radial:-3", ValueError, "n_lines must be an integer of at least 1"),
        ("variable:30%", ValueError, "expected a fraction such as 0.3, got '30%'"),
        ("variable:1.5", ValueError, "at most 1"),
        (
            "variable:",
            FileNotFoundError,
            "neither radial:LINES, variable:FRACTION, lines:R, caipi:R1xR2",
        ),
        ("spiral:3", FileNotFoundError, "'spiral:3' is neither"),
        ("", FileNotFoundError, "neither"),
        ("no-such.npy", FileNotFoundError, "neither"),
    ],
)
def test_bad_descriptions(description, error, words):
    with pytest.raises(error, match=re.escape(words)):
        make_mask(description, (16, 16))
