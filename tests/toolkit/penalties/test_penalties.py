"""Every penalty of the table, held to what penalties promise; then each to its formula."""

import numpy as np
import pytest
from scipy.optimize import minimize

from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.penalties import L21, GroupL0, LatentOverlap, SparseGroup, WithRidge
from groupsparse.toolkit.testing import prox_test, random_array

DTYPES = ("float32", "float64", "complex64", "complex128")
STEP = 0.6

# Conformance


@pytest.mark.covering(2)
@pytest.mark.parametrize("dtype", DTYPES)
def test_no_point_is_better_than_the_proximal_step(penalty, groups, dtype):
    prox_test(penalty, groups, dtype, step=STEP, n_trials=100)


@pytest.mark.covering(2)
@pytest.mark.parametrize("dtype", DTYPES)
def test_prox_keeps_shape_dtype_and_input(penalty, groups, dtype):
    x = random_array((3, 4), dtype, np.random.default_rng(0))
    x.setflags(write=False)
    result = penalty.prox(x, STEP, groups)
    assert result.shape == x.shape
    assert result.dtype == x.dtype
    free = groups.unpenalised
    np.testing.assert_array_equal(result.ravel()[free], x.ravel()[free])
    for view in (np.asfortranarray(x), np.repeat(x, 2, axis=1)[:, ::2]):
        np.testing.assert_array_equal(penalty.prox(view, STEP, groups), result)


@pytest.mark.covering(1)
@pytest.mark.parametrize("dtype", DTYPES)
def test_zero_stays_zero(penalty, groups, dtype):
    zero = np.zeros(groups.n_coefs, dtype)
    np.testing.assert_array_equal(penalty.prox(zero, STEP, groups), zero)
    assert penalty.value(zero, groups) == 0
    assert penalty.subdifferential_distance(zero, zero, groups) == 0


@pytest.mark.covering(2)
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_a_fixed_point_of_the_proximal_gradient_step_is_stationary(penalty, groups, dtype):
    """``u = prox(x)`` means that ``(x - u) / step`` is a subgradient at `u`."""
    x = 2 * random_array((groups.n_coefs,), dtype, np.random.default_rng(1))
    u = penalty.prox(x, STEP, groups)
    gradient = (u - x) / STEP
    assert penalty.subdifferential_distance(u, gradient, groups) == pytest.approx(0, abs=1e-14)


@pytest.mark.covering(1)
def test_elsewhere_the_subdifferential_is_at_a_distance(penalty, groups):
    x = np.random.default_rng(2).standard_normal(groups.n_coefs)
    gradient = 100 + np.random.default_rng(3).standard_normal(groups.n_coefs)
    assert penalty.subdifferential_distance(x, gradient, groups) > 10


@pytest.mark.covering(2)
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
@pytest.mark.parametrize("size", [0.1, 0.5, 2.0])
def test_at_zero_the_distance_is_the_length_of_a_small_proximal_step(penalty, groups, dtype, size):
    """``prox(t v, t) / t`` tends to `v` minus its projection on the subdifferential at zero."""
    v = size * random_array((groups.n_coefs,), dtype, np.random.default_rng(4))
    tiny = 1e-9
    expected = groups.norms(penalty.prox(tiny * v, tiny, groups)) / tiny
    for distances in (
        penalty.zero_distances(-v, groups),
        penalty.group_distances(np.zeros_like(v), -v, groups),
    ):
        np.testing.assert_allclose(distances, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.covering(2)
@pytest.mark.parametrize("size", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("is_complex", [False, True])
@pytest.mark.parametrize(
    "penalty_of_one",
    [
        L21(0.8),
        L21(0.4, "sqrt"),
        L21(0.5, [1.7]),
        L21(0.5, [0.0]),
        SparseGroup(0.7, 0.4),
        SparseGroup(0.7, 0.4, [0.0]),
        GroupL0(0.7),
    ],
    ids=repr,
)
def test_prox_agrees_with_a_numerical_minimiser(penalty_of_one, is_complex, size):
    rng, groups = np.random.default_rng(4), Groups.blocks(2, 2)
    x = random_array((2,), complex if is_complex else float, rng)
    x *= size / np.linalg.norm(x)

    def cost(pairs):
        u = pairs.view(x.dtype)
        return np.linalg.norm(u - x) ** 2 / 2 + STEP * penalty_of_one.value(u, groups)

    starts = [factor * x.view(float) for factor in (1.0, 0.5, 1e-3)]
    options = {"xatol": 1e-9, "fatol": 1e-15, "maxiter": 4000, "maxfev": 4000}
    found = [minimize(cost, start, method="Nelder-Mead", options=options) for start in starts]
    best = min([np.zeros_like(starts[0]), *(result.x for result in found)], key=cost)
    np.testing.assert_allclose(penalty_of_one.prox(x, STEP, groups), best.view(x.dtype), atol=1e-6)


@pytest.mark.parametrize("alpha", [0, -1.0, np.nan, np.inf, "1", None, 1j])
@pytest.mark.parametrize("make", [L21, GroupL0])
def test_strengths_must_be_positive_and_finite(make, alpha):
    with pytest.raises(ValueError, match="alpha must be positive and finite, got"):
        make(alpha)


@pytest.mark.covering(1)
def test_penalties_do_not_change(penalty):
    with pytest.raises(AttributeError):
        penalty.alpha = 2.0


# L21


def test_prox_of_complex_numbers_uses_their_magnitude():
    """``i**2 + 1**2 = 0``: squares without conjugation lose this group."""
    x = np.array([1j, 1])
    expected = x * (1 - 0.5 / 2**0.5)
    np.testing.assert_allclose(L21(0.5).prox(x, 1.0, Groups.blocks(2, 2)), expected)


def test_l21_block_soft_thresholding():
    x = np.array([3.0, 4.0, 0.3, 0.4, -0.6, 0.8])
    result = L21(1.0).prox(x, 1.0, Groups.blocks(2, 6))
    np.testing.assert_allclose(result, [2.4, 3.2, 0, 0, 0, 0], atol=1e-15)
    assert L21(2.0).value(x, Groups.blocks(2, 6)) == pytest.approx(2 * 6.5)


@pytest.mark.parametrize("weights", [None, [1, 2, np.inf]])
@pytest.mark.parametrize("dtype", DTYPES)
def test_l21_sets_to_zero_what_is_too_small_to_square(dtype, weights):
    x = np.full(6, 1e-30 if dtype in ("float32", "complex64") else 1e-200, dtype)
    result = L21(0.5, weights).prox(x, 1.0, Groups.blocks(2, 6))
    np.testing.assert_array_equal(result, 0)


def test_l21_weights():
    groups = Groups.from_labels([0, 0, 0, 0, 1])
    np.testing.assert_array_equal(L21(1.0).weights(groups), [1, 1])
    np.testing.assert_array_equal(L21(1.0, "sqrt").weights(groups), [2, 1])
    np.testing.assert_array_equal(L21(1.0, [3, 0.5]).weights(groups), [3, 0.5])


@pytest.mark.parametrize("dtype", DTYPES)
def test_l21_weight_zero_leaves_a_group_and_infinity_excludes_it(dtype):
    groups, penalty = Groups.blocks(2, 6), L21(0.5, [0, np.inf, 2])
    x = np.array([0.1, 0.2, 100, 200, 30, 40], dtype)
    result = penalty.prox(x, 1.0, groups)
    np.testing.assert_array_equal(result[:2], x[:2])
    np.testing.assert_array_equal(result[2:4], 0)
    np.testing.assert_allclose(result[4:], x[4:] * (1 - 1 / 50), rtol=1e-6)
    assert penalty.value(x, groups) == np.inf
    assert penalty.value(result, groups) == pytest.approx(49, rel=1e-6)


def test_l21_dual_norm_is_the_largest_inner_product_with_the_unit_ball():
    groups, rng = Groups.from_labels([0, 0, 1, 1, 1, 2]), np.random.default_rng(0)
    penalty = L21(3.0, [0.5, 1.0, 2.0])
    gradient = random_array((6,), complex, rng)
    dual = penalty.dual_norm(gradient, groups)
    attained = 0.0
    for g in range(3):
        u = np.where(np.isin(np.arange(6), groups.members(g)), gradient, 0)
        inner = np.vdot(u, gradient).real / (penalty.value(u, groups) / penalty.alpha)
        attained = max(attained, inner)
    assert dual == pytest.approx(attained)
    for _ in range(100):
        u = random_array((6,), complex, rng)
        size = penalty.value(u, groups) / penalty.alpha
        assert np.vdot(u, gradient).real <= dual * size * (1 + 1e-12)


def test_l21_dual_norm_with_weights_0_and_inf():
    groups, penalty = Groups.blocks(1, 3), L21(1.0, [0, np.inf, 2])
    assert penalty.dual_norm(np.array([1e-9, 5, 4]), groups) == np.inf
    assert penalty.dual_norm(np.array([0.0, 5, 4]), groups) == 2
    assert penalty.dual_norm(np.zeros(3), groups) == 0


def test_l21_subdifferential_distance_by_hand():
    groups, penalty = Groups.from_labels([0, 0, 1, 1, -1]), L21(2.0)
    x = np.array([3.0, 4.0, 0.0, 0.0, 1.0])
    gradient = np.array([0.0, 0.0, 3.0, 4.0, 12.0])
    # ||2 x / ||x|| || = 2 on the active group, ||(3, 4)|| - 2 = 3 on the other, 12 on the free one.
    assert penalty.subdifferential_distance(x, gradient, groups) == pytest.approx(157**0.5)


@pytest.mark.parametrize(
    ("weights", "message"),
    [("squareroot", "got 'squareroot'"), ([1, -1], "non-negative"), ([1, np.nan], "not NaN")],
)
def test_l21_weights_that_are_refused(weights, message):
    with pytest.raises(ValueError, match=f"group_weights must be .*{message}"):
        L21(1.0, weights)


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "f2", "f8"])
def test_l21_weights_of_any_precision(dtype):
    groups, x = Groups.blocks(1, 2), np.array([3.0, 4.0])
    penalty = L21(1.0, np.array([2.0, 0.5], dtype))
    assert penalty.value(x, groups) == 8.0
    np.testing.assert_allclose(penalty.prox(x.astype("f4"), 1.0, groups), [1.0, 3.5])


@pytest.mark.parametrize("method", ["value", "prox", "dual_norm", "subdifferential_distance"])
@pytest.mark.parametrize("bad", [np.inf, np.nan, 1e300])
def test_coefficients_that_cannot_be_computed_with_are_named(penalty, groups, method, bad):
    x = np.ones(groups.n_coefs)
    x[1] = bad
    arguments = {
        "value": (x, groups),
        "prox": (x, 1.0, groups),
        "dual_norm": (x, groups),
        "subdifferential_distance": (np.ones(x.size), x, groups),
    }
    with pytest.raises(ValueError, match=r"^(x|gradient) has |^penalty must have a strength"):
        getattr(penalty, method)(*arguments[method])


def test_steps_and_groups_are_checked(penalty, groups):
    x = np.ones(groups.n_coefs)
    with pytest.raises(ValueError, match="step must be at most 1e"):
        penalty.prox(x, 1e300, groups)
    assert np.isfinite(penalty.prox(x.astype("f4"), 1e120, groups)).all()
    with pytest.raises(ValueError, match="groups must be of type Groups"):
        penalty.weights("bad")


def test_l21_weights_of_another_number():
    with pytest.raises(ValueError, match=r"shape \(3,\), got \(2,\)"):
        L21(1.0, [1, 2]).prox(np.ones(6), 1.0, Groups.blocks(2, 6))


# GroupL0


def test_l0_keeps_or_drops():
    groups, x = Groups.blocks(2, 6), np.array([3.0, 4.0, 0.6, 0.8, 0, 0])
    penalty = GroupL0(2.0)
    assert penalty.value(x, groups) == 4
    np.testing.assert_array_equal(penalty.prox(x, 1.0, groups), [3, 4, 0, 0, 0, 0])
    np.testing.assert_array_equal(penalty.prox(x, 0.2, groups), x)  # sqrt(2 * 0.2 * 2) < 1


def test_l0_is_not_said_to_be_convex():
    assert L21.convex
    assert not GroupL0.convex


# SparseGroup


def test_sparse_group_weight_zero_keeps_the_l1_norm():
    groups, penalty = Groups.blocks(2, 6), SparseGroup(2.0, 0.25, [0, np.inf, 3])
    x = np.array([3.0, -0.2, 5, 6, 30, 40])
    result = penalty.prox(x, 1.0, groups)
    np.testing.assert_allclose(result[:4], [2.5, 0, 0, 0])
    assert penalty.value(result, groups) == pytest.approx(
        0.5 * np.abs(result).sum() + 4.5 * np.linalg.norm(result[4:])
    )
    assert not penalty.free_coefs(groups).any()
    gradient = np.array([-1.5, 3.0, 9, 9, 0, 0])
    assert penalty.dual_norm(gradient, groups) == pytest.approx(3.0 / 0.25)
    distances = penalty.zero_distances(gradient, groups)
    np.testing.assert_allclose(distances, [np.hypot(1.0, 2.5), 0, 0])


def test_sparse_group_of_infinite_values():
    groups, x = Groups.blocks(1, 4), np.array([np.inf, -np.inf, 2.0, 3.0])
    result, _ = SparseGroup(1.0).prox_with_norms(x, 1.0, groups)
    np.testing.assert_allclose(result, [np.inf, -np.inf, 1, 2])


def test_sparse_group_weight_zero_without_an_l1_norm_leaves_a_group():
    groups, penalty = Groups.blocks(2, 4), SparseGroup(2.0, 0.0, [0, 1])
    np.testing.assert_array_equal(penalty.free_coefs(groups), [True, True, False, False])
    np.testing.assert_allclose(penalty.prox(np.ones(4), 1.0, groups), [1, 1, 0, 0])
    assert penalty.dual_norm(np.array([1e-9, 0, 0, 1]), groups) == np.inf
    assert penalty.dual_norm(np.array([0, 0, 0, 1.0]), groups) == pytest.approx(1)


OVERLAPPING = Groups.from_lists([[0, 1, 2], [2, 3]], 4)


@pytest.mark.parametrize(
    "penalty",
    [L21(1.0), SparseGroup(1.0), GroupL0(1.0), LatentOverlap(1.0), WithRidge(L21(1.0), 0.1)],
    ids=repr,
)
def test_overlapping_groups_are_refused(penalty):
    x = np.ones(4)
    for evaluate in (
        lambda: penalty.value(x, OVERLAPPING),
        lambda: penalty.prox(x, 1.0, OVERLAPPING),
        lambda: penalty.subdifferential_distance(x, x, OVERLAPPING),
    ):
        with pytest.raises(ValueError, match=f"groups overlap: {type(penalty).__name__}"):
            evaluate()
    copies = LatentOverlap(1.0).copies(OVERLAPPING)
    assert np.isfinite(penalty.value(np.ones(5), copies))
