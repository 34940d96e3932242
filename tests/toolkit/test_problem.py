"""The problem: which operators, data and groups go together, and what is refused."""

import numpy as np
import pytest
from scipy.sparse.linalg import aslinearoperator

from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.losses import Huber, Poisson, Squared
from groupsparse.toolkit.operators import Channelwise, Joint, Matrix, PartialFourier, Wavelet
from groupsparse.toolkit.problem import Problem

A = np.random.default_rng(0).standard_normal((4, 6))


def test_one_channel():
    problem = Problem(A, np.ones(4), groups=2)
    assert problem.shape == (6,)
    assert problem.groups.sizes.tolist() == [2, 2, 2]
    assert not isinstance(problem.operator, Joint)


@pytest.mark.parametrize("operator", [A, A.tolist(), Matrix(A), aslinearoperator(A)])
def test_further_axis_of_data_holds_channels_last_for_matrices(operator):
    problem = Problem(operator, np.ones((4, 3)), groups=2)
    assert problem.shape == (6, 3)
    assert problem.operator.range_shape == (4, 3)
    x = np.random.default_rng(1).standard_normal((6, 3))
    expected = np.linalg.norm(x.reshape(3, 6), axis=1)
    np.testing.assert_allclose(problem.groups.norms(x), expected)
    np.testing.assert_allclose(problem.operator.apply(x), A @ x)


def test_further_axis_of_data_holds_channels_first_for_images():
    operator = PartialFourier(np.ones((2, 4), bool)) @ Wavelet((2, 4), "haar", 1)
    problem = Problem(operator, np.ones((3, 8)))
    assert problem.shape == (3, 2, 4)
    x = np.random.default_rng(1).standard_normal((3, 2, 4))
    np.testing.assert_allclose(problem.groups.norms(x), np.linalg.norm(x, axis=0).ravel())


def test_square_data_of_a_square_operator_are_channels():
    problem = Problem(np.eye(3), np.arange(9.0).reshape(3, 3))
    np.testing.assert_array_equal(problem.operator.adjoint(problem.data), problem.data)
    assert problem.groups.n_groups == 3


def test_one_channel_in_a_column_stays_a_column():
    assert Problem(A, np.ones((4, 1))).shape == (6, 1)


@pytest.mark.parametrize("axis", [0, -1])
def test_channelwise_groups_across_its_channels(axis):
    operator = Channelwise([Matrix(A)] * 3, axis=axis)
    problem = Problem(operator, np.ones(operator.range_shape), Groups.across(axis))
    x = np.random.default_rng(1).standard_normal(problem.shape)
    np.testing.assert_allclose(problem.groups.norms(x), np.linalg.norm(x, axis=axis))


def test_groups_over_all_coefficients_of_several_channels_are_taken_as_they_are():
    groups = Groups.blocks(1, 18)
    assert Problem(A, np.ones((4, 3)), groups).groups is groups
    assert Problem(A, np.ones((4, 3)), Groups.blocks(1, 6)).groups.sizes.tolist() == [3] * 6


def test_labels_are_shared_by_all_channels():
    problem = Problem(A, np.ones((4, 2)), [0, 0, -1, 1, 1, 1])
    assert problem.groups.sizes.tolist() == [4, 6]
    assert problem.groups.unpenalised.tolist() == [4, 5]


@pytest.mark.parametrize(
    ("matrix", "data", "expected"),
    [
        ("float32", "float32", "float32"),
        ("float32", "float64", "float64"),
        ("float32", "complex64", "complex64"),
        ("complex64", "float32", "complex64"),
        ("float64", "complex64", "complex128"),
        ("int16", "int16", "float64"),
    ],
)
def test_dtype_of_the_coefficients(matrix, data, expected):
    problem = Problem((9 * A).astype(matrix), np.ones(4, data))
    assert problem.dtype == expected
    assert expected in repr(problem)


def test_data_are_not_copied():
    data = np.ones(4)
    data.setflags(write=False)
    assert Problem(A, data).data is data


@pytest.mark.parametrize("shape", [(6,), (3, 4), (4, 2, 2), ()], ids=str)
def test_data_of_another_shape(shape):
    with pytest.raises(
        ValueError, match=r"data must have shape \(4,\).*channels as last"
    ) as caught:
        Problem(A, np.ones(shape))
    assert f"got {shape}" in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((A, np.full(4, np.nan)), "data has 4 NaN"),
        ((A * np.inf, np.ones(4)), "operator matrix has 24 NaN"),
        ((A, []), "data is empty"),
        (("A", np.ones(4)), "got str"),
        ((A, np.ones(4), 4), "divide the 6 features, got 4"),
        (
            (A, np.ones((4, 3)), np.zeros(18, int)),
            "groups must be of 6 features, got a grouping of 18",
        ),
        ((A, np.ones(4), Groups.across(1)), "axis 1 does not exist"),
    ],
)
def test_what_is_no_problem(arguments, message):
    with pytest.raises(ValueError, match=message):
        Problem(*arguments)


def test_start_is_copied_into_the_problem_s_dtype():
    problem = Problem(A.astype("float32"), np.ones(4, "float32"))
    start = np.ones(6, int)
    checked = problem.copy_start(start)
    assert checked.dtype == np.float32
    same = checked.copy()
    assert not np.shares_memory(problem.copy_start(same), same)


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (np.ones(5), r"start must have shape \(6,\), got \(5,\)"),
        (np.ones((6, 1)), r"start must have shape \(6,\), got \(6, 1\)"),
        (np.full(6, np.nan), "start has 6 NaN or infinite"),
        (np.full(6, 1j), "start must be real"),
    ],
)
def test_what_is_no_start(start, message):
    with pytest.raises(ValueError, match=message):
        Problem(A, np.ones(4)).copy_start(start)


def test_channelwise_groups_hold_a_feature_in_all_channels():
    pair = Channelwise([Matrix(np.eye(4)), Matrix(2 * np.eye(4))])
    assert Problem(pair, np.ones((4, 2))).groups.members(1).tolist() == [2, 3]
    assert Problem(pair, np.ones((4, 2)), groups=2).groups.members(0).tolist() == [0, 1, 2, 3]


def test_a_start_in_single_precision_does_not_overflow():
    problem = Problem(np.eye(2), np.ones(2))
    with np.errstate(all="raise"):
        assert problem.copy_start(np.ones(2, np.float32)).dtype == np.float64


@pytest.mark.parametrize("loss", [Squared(), Huber(0.5), Poisson()], ids=repr)
def test_with_offset_adds_an_image_to_every_other(loss):
    rng = np.random.default_rng(0)
    data, offset = rng.integers(0, 5, 4).astype(float), rng.standard_normal(4)
    weights = rng.uniform(0.5, 2, 4)
    problem = Problem(A, data, loss=loss, weights=weights, offset=offset)
    held, image = rng.standard_normal((2, 4))
    shifted = problem.with_offset(held)
    assert shifted.term.value(image) == pytest.approx(problem.term.value(image + held))
    again = shifted.with_offset(held)
    assert again.term.value(image) == pytest.approx(problem.term.value(image + 2 * held))
