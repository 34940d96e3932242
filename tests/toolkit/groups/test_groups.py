"""Groups: every way to describe them, what is refused, norms and scalings."""

import numpy as np
import pandas as pd
import pytest

from groupsparse.toolkit.arrays import channel_positions
from groupsparse.toolkit.groups import AcrossAxis, Groups
from groupsparse.toolkit.groups.parsing import make_groups
from groupsparse.toolkit.testing import random_array

DTYPES = ("float32", "float64", "complex64", "complex128")


def members_of(groups):
    return [groups.members(g).tolist() for g in range(groups.n_groups)]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        (None, [[0], [1], [2], [3]]),
        (2, [[0, 1], [2, 3]]),
        (np.int32(4), [[0, 1, 2, 3]]),
        (np.array([1, 0, 1, -1]), [[1], [0, 2]]),
        ([1, 0, 1, -1], [[1], [0, 2]]),
        ((0, 0, 1, 1), [[0, 1], [2, 3]]),
        (range(4), [[0], [1], [2], [3]]),
        (pd.Series([0, 1, 1, 0], index=list("abcd")), [[0, 3], [1, 2]]),
        (np.array([0, 1, 1, 0], "uint8"), [[0, 3], [1, 2]]),
        (np.full(4, -1), []),
        ([[3, 0], [1, 2]], [[3, 0], [1, 2]]),
        ((np.array([0, 1, 2]), range(2, 4)), [[0, 1, 2], [2, 3]]),
        (Groups.blocks(2, 4), [[0, 1], [2, 3]]),
        (Groups.from_sizes([1, 3]), [[0], [1, 2, 3]]),
    ],
)
def test_every_description(spec, expected):
    groups = make_groups(spec, 4)
    assert members_of(groups) == expected
    assert groups.n_groups == len(expected)
    assert groups.sizes.tolist() == [len(members) for members in expected]
    assert groups.n_coefs == 4
    covered = {i for members in expected for i in members}
    assert groups.unpenalised.tolist() == sorted({0, 1, 2, 3} - covered)
    assert groups.overlapping == (sum(map(len, expected)) > len(covered))


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (0, "positive and divide the 4 features, got 0"),
        (-2, "got -2"),
        (3, "divide the 4 features, got 3"),
        (8, "got 8"),
        (True, "got bool"),
        (2.0, "got float"),
        ("sqrt", "got str"),
        ({0: [1]}, "got dict"),
        ([], "coefficient 0 is in no group"),
        ([0, 0, 2, 2], "label 1 is missing"),
        ([0, 0, 1, -2], "-1 .unpenalised. or 0, 1, 2"),
        ([0.0, 0.0, 1.0, 1.0], "integers 0, 1, 2, ..., got dtype float64"),
        (np.array([True, False, True, True]), "got dtype bool"),
        (["a", "a", "b", "b"], "integers 0, 1, 2, ..., got dtype <U1"),
        ([0, 0, 1], "groups must be of 4 features, got a grouping of 3"),
        ([0, 0, 1, 1, 1], "groups must be of 4 features, got a grouping of 5"),
        (Groups.blocks(2, 6), "groups must be of 4 features, got a grouping of 6"),
        ([[0, 1], []], "group 1 is empty"),
        ([[0, 1], [2]], "coefficient 3 is in no group"),
        ([[0, 1], [2, 4], [3]], r"0 .. 3, got 0 .. 4"),
        ([[0, 1], [2, 3, -1]], r"0 .. 3, got -1 .. 3"),
        ([[0, 1], [2, 3, 2]], "group 1 names a coefficient twice"),
        ([[0, 1], [2.0, 3.0]], "group 1 must hold integer indices, got dtype float64"),
    ],
)
def test_what_is_no_grouping(spec, message):
    with pytest.raises(ValueError, match="groups") as caught:
        make_groups(spec, 4)
    assert caught.match(message)


@pytest.mark.parametrize("sizes", [[2, 0], [2, -1, 3]])
def test_sizes_must_be_positive(sizes):
    with pytest.raises(ValueError, match="group 1 is empty"):
        Groups.from_sizes(sizes)


def test_sizes_must_be_integers():
    with pytest.raises(ValueError, match="sizes must be integers, got dtype float64"):
        Groups.from_sizes([2.5, 1])


@pytest.mark.parametrize("indptr", [[0, 5], [0, 1], [1, 2]])
def test_compressed_rows_must_fit(indptr):
    with pytest.raises(ValueError, match="indptr must run from 0 to the number of indices, 2"):
        Groups(np.array(indptr), np.array([0, 1]), 2)


@pytest.mark.parametrize("dtype", DTYPES)
def test_norms_and_scaling(groups, dtype):
    x = random_array((groups.n_coefs,), dtype, np.random.default_rng(0))
    factors = np.linspace(-1, 2, groups.n_groups)
    norms, scaled = groups.norms(x), groups.scale(x, factors)
    assert norms.dtype == x.real.dtype
    assert scaled.dtype == x.dtype
    expected = x.copy()
    for g in range(groups.n_groups):
        members = groups.members(g)
        assert norms[g] == pytest.approx(np.linalg.norm(x[members]), rel=1e-6)
        expected[members] *= factors[g].astype(x.real.dtype)
    np.testing.assert_allclose(scaled, expected, rtol=1e-6)
    np.testing.assert_array_equal(scaled[groups.unpenalised], x[groups.unpenalised])


@pytest.mark.parametrize("dtype", DTYPES)
def test_norms_and_scaling_of_any_layout(groups, dtype):
    x = random_array((3, 4), dtype, np.random.default_rng(0))
    factors = np.linspace(-1, 2, groups.n_groups)
    for view in (np.asfortranarray(x), np.repeat(x, 2, axis=1)[:, ::2], x[::-1].copy()[::-1]):
        view.setflags(write=False)
        np.testing.assert_array_equal(groups.norms(view), groups.norms(x))
        np.testing.assert_array_equal(groups.scale(view, factors), groups.scale(x, factors))
        np.testing.assert_array_equal(view, x)


def test_whole_numbers_are_no_trap():
    groups, x = Groups.blocks(2, 4), np.array([1, 1, 3, 4])
    np.testing.assert_allclose(groups.norms(x), [2**0.5, 5])
    np.testing.assert_allclose(groups.scale(x, np.array([0.5, 1.0])), [0.5, 0.5, 3, 4])


@pytest.mark.parametrize("n_coefs", [3, 5])
def test_coefficients_of_another_number(n_coefs):
    groups, x = Groups.blocks(2, 4), np.zeros(n_coefs)
    with pytest.raises(ValueError, match=rf"hold 4 coefficients.* got .* \({n_coefs},\)"):
        groups.norms(x)
    with pytest.raises(ValueError, match=rf"hold 4 coefficients.* got .* \({n_coefs},\)"):
        groups.scale(x, np.ones(2))


@pytest.mark.parametrize("dtype", DTYPES)
def test_joint_norms_are_over_all_channels(dtype):
    rows = random_array((3, 5), dtype, np.random.default_rng(0))
    norms = Groups.from_labels([0, 1, 0, -1, 1]).joint_norms(rows)
    expected = [np.linalg.norm(rows[:, [0, 2]]), np.linalg.norm(rows[:, [1, 4]])]
    np.testing.assert_allclose(norms, expected, rtol=1e-5)
    assert norms.dtype == rows.real.dtype


def test_spread_marks_members_and_unpenalised():
    groups = Groups.from_labels([0, 1, -1, 1, 2])
    assert groups.spread(np.array([False, True, False])).tolist() == [
        False,
        True,
        True,
        True,
        False,
    ]
    assert groups.spread(np.zeros(3, bool)).tolist() == [False, False, True, False, False]


@pytest.mark.parametrize(("shape", "axis"), [((4, 3), -1), ((3, 4), 0), ((2, 3, 2), 1)], ids=str)
def test_over_channels(shape, axis):
    features = Groups.from_labels([0, -1, 1, 0])
    groups = features.over_channels(shape, axis)
    marks = np.arange(np.prod(shape)).reshape(shape)
    marks = np.moveaxis(marks, axis, -1).reshape(4, 3)
    assert [sorted(members) for members in members_of(groups)] == [
        sorted(marks[[0, 3]].ravel()),
        sorted(marks[2]),
    ]
    assert groups.unpenalised.tolist() == sorted(marks[1])
    assert groups.features is features
    assert groups.channel_axis == axis % len(shape)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_across_an_axis(axis):
    x = random_array((2, 3, 4), complex, np.random.default_rng(0))
    groups = Groups.across(axis).bind(x.shape)
    np.testing.assert_allclose(groups.norms(x), np.linalg.norm(x, axis=axis).ravel())


@pytest.mark.parametrize("axes", [(0, 1), (2, 0), (-1, 1), (0, 1, 2)])
def test_across_several_axes(axes):
    x = random_array((2, 3, 4), complex, np.random.default_rng(0))
    groups = Groups.across(axes).bind(x.shape)
    expected = np.sqrt((np.abs(x) ** 2).sum(axis=axes)).ravel()
    np.testing.assert_allclose(groups.norms(x), expected)
    alone = Groups.across((1,)).bind(x.shape)
    assert alone.channel_axis == 1


def test_across_with_unpenalised_positions():
    x = np.random.default_rng(0).standard_normal((2, 3, 2))
    free = np.array([[False, True], [False, False], [True, True]])
    groups = Groups.across(0, unpenalised=free.tolist()).bind(x.shape)
    np.testing.assert_allclose(groups.norms(x), np.linalg.norm(x, axis=0)[~free])
    marked = np.zeros(12, bool)
    marked[groups.unpenalised] = True
    np.testing.assert_array_equal(marked.reshape(2, 3, 2), np.stack([free, free]))


def test_across_with_everything_unpenalised():
    groups = Groups.across(0, unpenalised=np.ones(3, bool)).bind((2, 3))
    assert groups.n_groups == 0
    assert groups.unpenalised.size == 6
    assert groups.norms(np.ones(6)).shape == (0,)


def test_across_that_does_not_fit():
    with pytest.raises(
        ValueError, match=r"axis 2 does not exist in coefficients of shape \(4, 3\)"
    ):
        AcrossAxis(2).bind((4, 3))
    with pytest.raises(ValueError, match="axis must not name an axis twice"):
        Groups.across((0, -2)).bind((4, 3))
    with pytest.raises(ValueError, match="axis is an empty tuple"):
        Groups.across(())
    with pytest.raises(ValueError, match=r"unpenalised must have shape \(3,\), got \(4,\)"):
        Groups.across(0, unpenalised=np.ones(4)).bind((4, 3))


def test_channel_positions_are_in_c_order():
    x = np.random.default_rng(0).standard_normal((2, 3, 4))
    positions = channel_positions(x.shape, 1)
    np.testing.assert_array_equal(x.ravel()[positions], np.moveaxis(x, 1, -1).reshape(8, 3))


def test_groups_do_not_change():
    with pytest.raises(AttributeError):
        Groups.blocks(2, 4).n_coefs = 5


@pytest.mark.parametrize(
    ("labels", "missing", "numbered"),
    [
        ([1, 1, 2, 3], 0, "np.unique(labels, return_inverse=True)[1]"),
        ([0, 0, 2, 3], 1, "np.unique(labels, return_inverse=True)[1]"),
        ([-1, 1, 2, -1], 0, "np.unique(labels, return_inverse=True)[1] - 1"),
        ([0, 10**15], 1, "np.unique(labels, return_inverse=True)[1]"),
        (np.array([7, 7], "u8"), 0, "np.unique(labels, return_inverse=True)[1]"),
    ],
)
def test_labels_with_gaps_are_refused_with_what_to_do(labels, missing, numbered):
    with pytest.raises(ValueError, match=f"without gaps.* label {missing} is missing") as caught:
        Groups.from_labels(labels)
    assert f"; {numbered} numbers them" in str(caught.value)
    groups = Groups.from_labels(eval(numbered, {"np": np, "labels": labels}))
    same = np.equal.outer(labels, labels) & (np.asarray(labels) >= 0)
    for group in range(groups.n_groups):
        members = groups.members(group)
        np.testing.assert_array_equal(same[members[0]].nonzero()[0], members)


def test_labels_of_unsigned_integers():
    groups = Groups.from_labels(np.array([1, 0, 1], "u8"))
    np.testing.assert_array_equal(groups.members(1), [0, 2])
