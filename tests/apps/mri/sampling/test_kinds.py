"""Every kind of mask hits the acceleration that was asked for, holds its calibration region."""

import re

import numpy as np
import pytest

from groupsparse.apps.mri.sampling.masks import KINDS, describe_mask, make_mask, make_masks

SHAPES = [(256, 256), (65, 201), (100, 64)]
# Description without the acceleration, and the smallest size of what is sampled as a whole.
ACCELERATED = {
    "lines:{}": "lines",
    "lines:{},calibration=8": "lines",
    "lines:{},axis=x,calibration=6": "columns",
    "lines:{},spacing=random": "lines",
    "lines:{},spacing=variable,power=2,calibration=8": "lines",
    "lines:{},spacing=random,symmetric,calibration=7": "pairs of lines",
    "caipi:{}": "points",
    "caipi:{},calibration=10,shift=2": "points",
    "poisson:{}": "points",
    "poisson:{},calibration=12,spacing=uniform": "points",
    "poisson:{},symmetric": "points",
}


@pytest.mark.parametrize("acceleration", [2, 3, 6])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("pattern", ACCELERATED)
def test_the_acceleration_is_the_one_asked_for(pattern, shape, acceleration):
    """Within 2 %, or as close as whole lines come."""
    mask = make_mask(pattern.format(acceleration), shape, random_state=3)
    assert (mask.shape, mask.dtype) == (shape, bool)
    n = {"columns": shape[1], "points": mask.size}.get(ACCELERATED[pattern], shape[0])
    grain = {"pairs of lines": 1.51, "points": 0}.get(ACCELERATED[pattern], 0.501) / n
    assert abs(mask.mean() - 1 / acceleration) <= max(0.02 / acceleration, grain)
    assert describe_mask(mask).acceleration == pytest.approx(1 / mask.mean())


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("kind", ["lines:3", "caipi:2x2", "poisson:4", "lines:2,partial=0.75"])
def test_the_calibration_region_is_sampled(kind, shape):
    spacings = KINDS[kind.partition(":")[0]].spacings
    for spacing in spacings:
        mask = make_mask(f"{kind},calibration=10,spacing={spacing}", shape, random_state=0)
        centre = tuple(slice(n // 2 - 5, n // 2 + 5) for n in shape)
        assert mask[centre].all()
        assert np.prod(describe_mask(mask).calibration) >= 100


@pytest.mark.parametrize("kind", ["variable:0.3,symmetric", "poisson:4,symmetric", "radial:9"])
@pytest.mark.parametrize("shape", SHAPES)
def test_symmetric_masks(kind, shape):
    assert_symmetric(make_mask(kind, shape, random_state=0))


@pytest.mark.parametrize("spacing", ["uniform", "random", "variable"])
def test_symmetric_lines(spacing):
    for shape in SHAPES:
        assert_symmetric(make_mask(f"lines:3,symmetric,spacing={spacing}", shape, random_state=1))


def assert_symmetric(mask):
    even = tuple(1 - n % 2 for n in mask.shape)
    np.testing.assert_array_equal(mask, np.roll(np.flip(mask), even, range(mask.ndim)))


@pytest.mark.parametrize("kind", [*ACCELERATED, "variable:0.2,centre=0.1", "partial:0.7"])
def test_a_seed_makes_the_same_mask_again(kind):
    first, again, other = (make_mask(kind.format(4), (64, 48), random_state=s) for s in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    is_random = re.search("random|variable|poisson", kind) is not None
    assert (first != other).any() == is_random


def test_every_fourth_line_as_scanners_count():
    mask = make_mask("lines:4,spacing=every,calibration=24", (256, 256))
    expected = np.zeros(256, bool)
    expected[::4] = expected[116:140] = True
    np.testing.assert_array_equal(mask, np.repeat(expected[:, None], 256, axis=1))
    assert describe_mask(mask).acceleration == pytest.approx(256 / 82)


def test_lines_are_evenly_spaced():
    lines = np.flatnonzero(make_mask("lines:4,calibration=0", (256, 16))[:, 0])
    np.testing.assert_array_equal(np.diff(lines), 4)
    random = np.diff(np.flatnonzero(make_mask("lines:4,spacing=random", (256, 16))[:, 0]))
    assert random.max() > 6


def test_caipi_shifts_the_pattern_from_row_to_row():
    mask = make_mask("caipi:2x3,calibration=0,shift=1", (64, 66))
    assert not mask[1::2].any()
    for row in range(0, 62, 2):
        np.testing.assert_array_equal(mask[row + 2, 1:], mask[row, :-1])
    np.testing.assert_array_equal(np.diff(np.flatnonzero(mask[32])), 3)
    assert mask[32, 33]


def test_discs_keep_their_distance_and_grow_outwards():
    mask = make_mask("poisson:6,calibration=0", (128, 128), random_state=0)
    places = np.argwhere(mask)
    centred = (places - 64) / 64
    radius = np.hypot(*centred.T)
    square = ((places[:, None] - places) ** 2).sum(axis=-1).astype(float)
    np.fill_diagonal(square, np.inf)
    nearest = np.sqrt(square.min(axis=1))
    assert nearest[radius > 1].min() > 2 * nearest[radius < 0.2].min()
    uniform = make_mask("poisson:6,calibration=0,spacing=uniform", (128, 128), random_state=0)
    places = np.argwhere(uniform)
    square = ((places[:, None] - places) ** 2).sum(axis=-1)
    assert np.sqrt(np.partition(square, 1, axis=1)[:, 1].min()) > 1.4


@pytest.mark.parametrize("fraction", [0.55, 0.625, 0.75, 1.0])
def test_partial_fourier_covers_one_side(fraction):
    mask = make_mask(f"partial:{fraction}", (64, 48))
    assert mask.mean() == pytest.approx(fraction, abs=0.01)
    assert mask[32:].all()
    assert not mask[: round(64 * (1 - fraction))].any()
    along_x = make_mask(f"partial:{fraction},axis=x", (64, 48))
    assert along_x[:, 24:].all()


@pytest.mark.parametrize("kind", ["lines:2", "caipi:2x1", "poisson:2", "variable:0.5", "radial:60"])
def test_partial_fourier_of_other_masks(kind):
    """The acceleration is that of the covered part."""
    mask = make_mask(f"{kind},partial=0.75", (128, 96), random_state=0)
    assert not mask[:32].any()
    if not kind.startswith("radial"):
        assert mask.mean() == pytest.approx(0.375, rel=0.02)


@pytest.mark.parametrize("kind", ["lines:2", "caipi:2x2", "poisson:4", "variable:0.3", "radial:9"])
def test_masks_of_volumes_are_the_same_along_one_axis(kind):
    mask = make_mask(kind, (16, 24, 20), random_state=0)
    assert mask.shape == (16, 24, 20)
    same = mask[:1] if kind.startswith("radial") else mask[:, :, :1]
    np.testing.assert_array_equal(mask, np.broadcast_to(same, mask.shape))
    assert (mask != mask[:, :1]).any()


@pytest.mark.parametrize("kind", ["lines:4", "caipi:2x2", "poisson:4", "variable:0.3"])
def test_channels_have_masks_of_their_own(kind):
    masks = make_masks(f"{kind},per-channel", (64, 64), 3, random_state=0)
    assert masks.shape == (3, 64, 64)
    assert all((masks[i] != masks[j]).any() for i, j in ((0, 1), (0, 2), (1, 2)))
    np.testing.assert_allclose(masks.mean(axis=(1, 2)), masks[0].mean(), rtol=0.03)
    assert make_masks(kind, (64, 64), 3).shape == (1, 64, 64)


def test_what_a_mask_samples():
    mask = np.zeros((10, 8), bool)
    mask[4:7, 3:6] = mask[0] = True
    summary = describe_mask(mask)
    assert (summary.sampled_fraction, summary.calibration) == (17 / 80, (3, 3))
    assert "21.2 % of the frequencies, acceleration 4.71" in str(summary)
    assert describe_mask(np.eye(3)[:, [1, 0, 2]]).calibration == (0, 0)


@pytest.mark.parametrize(
    ("description", "words"),
    [
        ("lines:x", "expected an acceleration such as 4, got 'x'"),
        ("lines:0.5", "the acceleration must be at least 1, got 0.5"),
        ("lines:nan", "the acceleration must be at least 1"),
        ("lines:2.5,spacing=every", "expected a whole acceleration such as 4, got '2.5'"),
        ("lines:4,calibration=16", "calibration region has 16 lines, but only 8 are to be sampled"),
        ("lines:100", "leaves no sample"),
        ("lines:4,calibration=many", "calibration must be a whole number that is not negative"),
        ("lines:4,calibration=-1", "not negative, got '-1'"),
        ("lines:4,calibration", "expected calibration=VALUE, got 'calibration'"),
        ("lines:4,symmetric=1", "expected symmetric without a value, got 'symmetric=1'"),
        ("lines:4,axis=w", "axis must be one of z, y, x, got 'w'"),
        ("lines:4,axis=z", "axis must be one of y, x, got 'z'"),
        ("lines:4,spacing=odd", "spacing must be one of uniform, random, variable, every"),
        ("lines:4,shift=1", "option 'shift' is not one of its options: calibration, partial"),
        ("lines:4,", "option '' is not one of its options"),
        ("lines:4,partial=0.8,partial=0.7", "option 'partial' is given twice"),
        ("lines:4,partial=0.4", "partial must be above 0.5 and at most 1, got '0.4'"),
        ("lines:4,partial=0.8,symmetric", "partial=0.8 cannot be symmetric"),
        ("lines:2,partial=0.6,calibration=10", "does not fit into the part"),
        ("partial:0.5", "must be above 0.5 and at most 1, got 0.5"),
        ("partial:half", "expected a fraction such as 0.625, got 'half'"),
        ("caipi:0x2", "R1 and R2 must be at least 1"),
        ("caipi:2x", "expected a whole acceleration such as 4, got '2x'"),
        ("poisson:0", "the acceleration must be at least 1, got 0"),
        ("radial:8,calibration=4", "option 'calibration' is not one of its options"),
    ],
)
def test_bad_descriptions(description, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        make_mask(description, (32, 32))


def test_bad_shapes():
    with pytest.raises(ValueError, match=r"shape must be \(y, x\) or \(z, y, x\)"):
        make_mask("lines:4", (32,))
    with pytest.raises(ValueError, match="at least 4 x 4"):
        make_mask("lines:4", (2, 32, 32))
