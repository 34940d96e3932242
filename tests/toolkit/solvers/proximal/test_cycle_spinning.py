"""Thresholds in shifted bases: what they give back, how they end, what they refuse."""

import dataclasses
import re
from collections.abc import Callable

import numpy as np
import pytest

from groupsparse.datasets import make_shepp_logan_channels
from groupsparse.toolkit.convergence import ConvergenceWarning
from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.operators import (
    Channelwise,
    HalfPlaneFourier,
    Joint,
    Matrix,
    Operator,
    PartialFourier,
    Sensitivities,
    Wavelet,
)
from groupsparse.toolkit.penalties import L21, GroupL0, GroupMCP, SparseGroup
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solution import CertificateKind, Status
from groupsparse.toolkit.solvers import FISTA, CycleSpinning
from groupsparse.toolkit.testing import random_array

DTYPES = ["float32", "float64", "complex64", "complex128"]
SIDE = 32
HAAR = Wavelet((SIDE, SIDE), "haar", 3)


def rectangles(dtype="float64", shape=(SIDE, SIDE)) -> np.ndarray:
    """Two channels with common edges, at places that dyadic squares do not have."""
    images = np.zeros((2, *shape), dtype)
    images[:, 3:17, 5:14] = [[[1.0]], [[-0.5]]]
    images[:, 21:26, 11:28] = [[[0.5]], [[0.75]]]
    return images * (np.dtype(dtype).type(1j) if images.dtype.kind == "c" else 1)


def sampling(images: np.ndarray, fraction: float) -> Operator:
    """Fourier samples, the lowest frequencies among them."""
    shape = images.shape[1:]
    mask = np.random.default_rng(0).random(shape) < fraction
    mask[tuple(slice(n // 2 - 1, n // 2 + 2) for n in shape)] = True
    return PartialFourier(mask) if images.dtype.kind == "c" else HalfPlaneFourier(mask)


def measured(images: np.ndarray, fraction=0.4, sigma=0.0) -> tuple[Problem, float]:
    """The problem for images, and the norm of the noise in its data."""
    operator = Joint(sampling(images, fraction), len(images))
    data = operator.apply(images)
    noise = random_array(data.shape, data.dtype, np.random.default_rng(1)) * np.float32(sigma)
    return Problem(operator, data + noise, Groups.across(axis=0)), float(np.linalg.norm(noise))


@pytest.mark.parametrize("fraction", [1.0, 0.4])
@pytest.mark.parametrize("dtype", DTYPES)
def test_data_without_noise_give_the_images_back(dtype, fraction):
    images = rectangles(dtype)
    problem, _ = measured(images, fraction)
    solution = CycleSpinning(HAAR, noise_level=0.0).solve(problem)
    assert solution.coef.dtype == dtype
    precise = dtype in ("float64", "complex128")
    np.testing.assert_allclose(solution.coef, images, atol=1e-9 if precise else 1e-4)


@pytest.mark.parametrize("shape", [(27, 33), (21, 32), (5, 7)], ids=str)
def test_sizes_that_the_basis_does_not_divide(shape):
    images = rectangles(shape=(33, 33))[:, : shape[0], : shape[1]]
    wavelet = Wavelet(shape, "haar", 2)
    assert wavelet.domain_shape != shape
    full, _ = measured(images, 1.0)
    solution = CycleSpinning(wavelet, 0.0, unpenalised=wavelet.coarse).solve(full)
    np.testing.assert_allclose(solution.coef, images, atol=2e-3)
    half, level = measured(images, 0.5, 0.01)
    solution = CycleSpinning(wavelet, level).solve(half)
    before = np.linalg.norm(half.operator.adjoint(half.data) - images)
    assert np.linalg.norm(solution.coef - images) < before / 2


def stand_still(transform: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Return a method of a wavelet that takes no notice of the shift."""
    return lambda basis, x, shift: transform(basis, x, (0, 0))


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_shifts_make_the_images_better(dtype, monkeypatch):
    """Than the same thresholds, and than the l2,1 norm, in the basis as it is."""
    images = make_shepp_logan_channels(SIDE, 2, random_state=0).astype(dtype)
    problem, level = measured(images, 0.4, 0.01)

    def error(found: np.ndarray) -> float:
        return float(np.linalg.norm(found - images))

    solver = CycleSpinning(HAAR, level)
    spun = error(solver.solve(problem).coef)
    base = problem.operator.operator
    fixed = Problem(base @ HAAR, problem.data, Groups.across(0))
    strength = 0.7 * level / np.sqrt(problem.data.shape[1])
    l21 = HAAR.apply(FISTA(L21(strength), tol=1e-4).solve(fixed).coef)
    assert spun < error(l21) / 1.5
    for name in ("adjoint_rolled", "apply_rolled"):
        monkeypatch.setattr(Wavelet, name, stand_still(getattr(Wavelet, name)))
    assert spun < error(solver.solve(problem).coef) / 1.5


def test_one_iteration_at_full_sampling_by_hand():
    """Shift, Haar analysis, hard threshold, synthesis, shift back, written out on one level."""
    images = random_array((2, 4, 4), "float64", np.random.default_rng(0))
    problem, _ = measured(images, 1.0)
    wavelet = Wavelet((4, 4), "haar", 1)
    alpha = 1.5
    solver = CycleSpinning(wavelet, penalty=GroupL0(alpha), max_iter=1, random_state=7)
    shift = np.random.default_rng(7).integers(0, (4, 4))
    brightest = np.sqrt((images**2).sum(axis=0).max())
    threshold = max(np.sqrt(2 * alpha), 0.5 * brightest)  # iteration 1 of 1 begins at the top
    haar = np.kron(np.eye(2), np.array([[1.0, 1.0], [1.0, -1.0]])) / np.sqrt(2)
    turned = np.roll(images, shift, (1, 2))
    coefs = np.einsum("ai,cij,bj->cab", haar, turned, haar)
    coefs *= np.linalg.norm(coefs, axis=0) > threshold
    turned = np.einsum("ai,cab,bj->cij", haar, coefs, haar)
    solution = solver.solve(problem)
    np.testing.assert_allclose(solution.coef, np.roll(turned, -shift, (1, 2)), atol=1e-12)
    assert solution.history["threshold"].tolist() == pytest.approx([threshold])
    assert solution.history["n_active"].tolist() == [np.count_nonzero(coefs.any(axis=0))]


def test_the_same_seed_gives_the_same_bits_and_inputs_stay():
    problem, level = measured(rectangles(), 0.4, 0.02)
    problem.data.setflags(write=False)
    start = np.ones(problem.shape)
    start.setflags(write=False)
    first, again, other = (
        CycleSpinning(HAAR, level, random_state=seed).solve(problem, start) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first.coef, again.coef)
    assert (first.coef != other.coef).any()
    drawn = np.random.default_rng(3)
    solver = CycleSpinning(HAAR, level, random_state=drawn)
    np.testing.assert_array_equal(solver.solve(problem, start).coef, first.coef)
    assert (solver.solve(problem, start).coef != first.coef).any()


def test_figures_of_the_solution_are_true():
    problem, level = measured(rectangles(), 0.4, 0.02)
    solver = CycleSpinning(HAAR, level, max_iter=50)
    solution = solver.solve(problem)
    residual_norm = np.linalg.norm(problem.operator.apply(solution.coef) - problem.data)
    assert solution.status is Status.CONVERGED
    assert solution.iterations == 50
    assert solution.residual_norm == pytest.approx(residual_norm)
    assert solution.objective == pytest.approx(residual_norm**2 / 2)
    assert solution.active_groups.size <= SIDE**2
    assert solution.certificate.kind == CertificateKind.STATIONARITY
    assert 0 < solution.certificate.value < 0.1
    n_data, n_pixels, surprise = problem.data[0].size, SIDE**2, np.log(SIDE**2)
    sigma = level / np.sqrt(2 * n_data)
    bound = sigma * np.sqrt(n_data / n_pixels * (2 + 2 * np.sqrt(2 * surprise) + 2 * surprise))
    assert solution.alpha == pytest.approx(bound**2 / 2)
    thresholds = solution.history["threshold"]
    assert (np.diff(thresholds) <= 0).all()
    np.testing.assert_allclose(thresholds[30:], bound)
    assert thresholds[29] > 1.01 * bound
    assert {len(values) for values in solution.history.values()} == {50}


@pytest.mark.parametrize("dtype", DTYPES)
def test_noise_alone_gives_nothing(dtype):
    """The last threshold is the largest norm that noise is expected to have."""
    problem, level = measured(np.zeros((2, SIDE, SIDE), dtype), 0.4, 1.0)
    solution = CycleSpinning(HAAR, level).solve(problem)
    assert np.count_nonzero(solution.history["n_active"]) <= 20
    assert np.linalg.norm(solution.coef) < 0.05 * level


@pytest.mark.parametrize("level", [0.0, 1.0])
@pytest.mark.parametrize("dtype", DTYPES)
def test_zero_data_give_zero(dtype, level):
    problem, _ = measured(np.zeros((2, SIDE, SIDE), dtype))
    solution = CycleSpinning(HAAR, level).solve(problem)
    assert not solution.coef.any()
    assert solution.coef.dtype == dtype
    assert solution.status is Status.CONVERGED
    assert solution.active_groups.size == 0
    assert (solution.objective, solution.certificate.value) == (0, 0)


def test_scaled_data_give_scaled_images():
    problem, level = measured(rectangles(), 0.4, 0.02)
    expected = 1024 * CycleSpinning(HAAR, level).solve(problem).coef
    scaled = Problem(problem.operator, 1024 * problem.data, Groups.across(0))
    solution = CycleSpinning(HAAR, 1024 * level).solve(scaled)
    np.testing.assert_allclose(solution.coef, expected, atol=1e-8)


def test_unpenalised_coefficients_are_always_kept():
    """Above every other coefficient, the channels keep their means."""
    images = 0.01 * rectangles() + 0.02
    problem, _ = measured(images, 1.0)
    wavelet = Wavelet((SIDE, SIDE), "haar", 5)
    empty = CycleSpinning(wavelet, penalty=GroupL0(100.0)).solve(problem)
    assert not empty.coef.any()
    solution = CycleSpinning(wavelet, penalty=GroupL0(100.0), unpenalised=wavelet.coarse)
    means = images.mean(axis=(1, 2), keepdims=True) * np.ones((SIDE, SIDE))
    np.testing.assert_allclose(solution.solve(problem).coef, means)


@pytest.mark.parametrize("make", [GroupL0, L21, GroupMCP], ids=lambda make: make.__name__)
def test_other_penalties_at_the_strength_given(make):
    images = rectangles()
    problem, level = measured(images, 0.5, 0.02)
    noise = level / np.sqrt(problem.data.shape[1])
    penalty = make((1.2 * noise) ** 2 / 2 if make is GroupL0 else 0.5 * noise)
    solution = CycleSpinning(HAAR, penalty=penalty).solve(problem)
    assert solution.alpha == penalty.alpha
    last = (1.2 if make is GroupL0 else 0.5) * noise
    assert solution.history["threshold"][-1] == pytest.approx(last)
    before = np.linalg.norm(problem.operator.adjoint(problem.data) - images)
    assert np.linalg.norm(solution.coef - images) < before / 3


def test_one_image_needs_no_axis_of_channels():
    images = rectangles()[:1]
    with_axis, level = measured(images, 0.5, 0.02)
    without = Problem(with_axis.operator.operator, with_axis.data[0])
    expected = CycleSpinning(HAAR, level).solve(with_axis)
    solution = CycleSpinning(HAAR, level).solve(without)
    assert solution.coef.shape == (SIDE, SIDE)
    np.testing.assert_array_equal(solution.coef, expected.coef[0])


def test_a_mask_for_each_channel():
    images = rectangles()
    masks = np.random.default_rng(0).random((2, SIDE, SIDE)) < 0.4
    masks[:, 15:18, 15:18] = True
    operator = Channelwise([HalfPlaneFourier(mask) for mask in masks])
    problem = Problem(operator, operator.apply(images), Groups.across(0))
    solution = CycleSpinning(HAAR, noise_level=0.0).solve(problem)
    np.testing.assert_allclose(solution.coef, images, atol=1e-9)


def scaled_sampling(images: np.ndarray, factor: float) -> np.ndarray:
    """The matrix of the sampling times a factor, so that its bound is the factor's square."""
    base = sampling(images, 0.4)
    units = np.eye(SIDE**2).reshape(-1, SIDE, SIDE)
    return factor * base.apply(units).T


@pytest.mark.parametrize("factor", [0.2, 5.0])
def test_the_scale_of_the_operator_does_not_matter(factor):
    """The bound is found on the way, or known from the step."""
    images = rectangles()[:1]
    problem, level = measured(images, 0.4, 0.02)
    expected = CycleSpinning(HAAR, level).solve(problem)
    matrix = scaled_sampling(images, factor)
    operator = OfPixels(matrix)
    scaled = Problem(operator, factor * problem.data[0])
    assert scaled.operator.lipschitz is None
    for step in (None, factor**-2):
        solution = CycleSpinning(HAAR, factor * level, step=step).solve(scaled)
        assert np.linalg.norm(solution.coef - images[0]) < 1.2 * np.linalg.norm(
            expected.coef - images
        )
        assert solution.alpha == pytest.approx(factor**2 * expected.alpha)


class OfPixels(Operator):
    """A matrix on flattened images of which no bound is known."""

    dtype = np.dtype(np.float64)

    def __init__(self, values: np.ndarray) -> None:
        self.values = values
        self.domain_shape, self.range_shape = (SIDE, SIDE), (len(values),)

    def _apply(self, x: np.ndarray) -> np.ndarray:
        return x.reshape(*x.shape[:-2], -1) @ self.values.T

    def _adjoint(self, y: np.ndarray) -> np.ndarray:
        return (y @ self.values).reshape(*y.shape[:-1], SIDE, SIDE)


@pytest.mark.parametrize("stop_at", [1, 30, 85, 95])
def test_callback_sees_progress_and_stops(stop_at):
    problem, level = measured(rectangles(), 0.4, 0.02)
    seen = []
    solver = CycleSpinning(
        HAAR, level, max_iter=100, callback=lambda p: seen.append(p) or p.iteration == stop_at
    )
    solution = solver.solve(problem)
    assert solution.status is Status.STOPPED
    assert [progress.iteration for progress in seen] == list(range(1, stop_at + 1))
    assert [progress.fraction for progress in seen] == [p.iteration / 100 for p in seen]
    assert solution.iterations == stop_at
    assert solution.history["residual_norm"][-1] == seen[-1].objective
    assert 0 < solution.certificate.value < 1
    assert np.isfinite(solution.coef).all()


def test_images_to_start_from():
    problem, level = measured(rectangles(), 0.4, 0.02)
    solver = CycleSpinning(HAAR, level, max_iter=1)
    own = solver.solve(problem)
    zero_filled = problem.operator.adjoint(problem.data)
    np.testing.assert_allclose(solver.solve(problem, zero_filled).coef, own.coef)
    assert (solver.solve(problem, np.ones(problem.shape)).coef != own.coef).any()
    with pytest.raises(ValueError, match=r"start must have shape \(2, 32, 32\), got \(3,\)"):
        solver.solve(problem, np.ones(3))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_an_operator_that_breaks_down_ends_the_run(value, make_breaking):
    problem = Problem(make_breaking(16, value), np.ones(16))
    wavelet = Wavelet((16,), "haar", 2)
    with (
        pytest.warns(ConvergenceWarning, match="no longer finite"),
        np.errstate(all="ignore"),
    ):
        solution = CycleSpinning(wavelet, 0.1).solve(problem)
    assert solution.status is Status.DIVERGED
    assert solution.iterations == 1


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"basis": Matrix(np.eye(4))}, "basis must have orthonormal rows"),
        ({"basis": "haar"}, "basis must have orthonormal rows, as Wavelet has; got 'haar'"),
        ({"noise_level": None}, "noise_level or penalty must be given; both are None"),
        ({"momentum": 1.5}, "momentum must be from 0 to 1, got 1.5"),
        ({"noise_level": -1.0}, "noise_level must be finite and not negative, got -1.0"),
        ({"noise_level": np.nan}, "noise_level must be finite and not negative, got nan"),
        ({"noise_level": None, "penalty": SparseGroup(1.0)}, "penalty must see only group norms"),
        ({"max_iter": 0}, "max_iter must be an integer of at least 1, got 0"),
        ({"max_iter": 1.5}, "max_iter must be an integer of at least 1, got 1.5"),
        ({"step": 0.0}, "step must be positive and finite, got 0.0"),
        ({"step": np.inf}, "step must be positive and finite, got inf"),
    ],
)
def test_settings_are_checked(values, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        dataclasses.replace(CycleSpinning(HAAR, 1.0), **values)


def test_what_does_not_fit_the_basis_is_refused():
    problem, level = measured(rectangles())
    with pytest.raises(ValueError, match=r"for images of shape \(16, 16\).*got \(2, 32, 32\)"):
        CycleSpinning(Wavelet((16, 16), "haar"), level).solve(problem)
    with pytest.raises(ValueError, match="unpenalised must have shape"):
        CycleSpinning(HAAR, level, unpenalised=np.ones((4, 4), bool)).solve(problem)
    with pytest.raises(ValueError, match="basis must be real"):
        CycleSpinning(PartialFourier(np.ones(4)), 0.1).solve(Problem(np.eye(4), np.ones(4)))


# Weights

WEIGHTS: dict[str, tuple[int, ...]] = {
    "each channel": (2, 1),
    "each sample": (1, 20),
    "each datum": (2, 20),
}


class ByHand(Operator):
    """An explicit matrix of both images together, whose rows are multiplied by weights."""

    def __init__(self, operator: Operator, weights: np.ndarray, dense) -> None:
        self.values = weights.ravel()[:, None] * dense(operator)
        self.domain_shape, self.range_shape = operator.domain_shape, operator.range_shape
        self.dtype = np.dtype("complex128")

    def _apply(self, x: np.ndarray) -> np.ndarray:
        batch = x.shape[: x.ndim - len(self.domain_shape)]
        return (x.reshape(*batch, -1) @ self.values.T).reshape(*batch, *self.range_shape)

    def _adjoint(self, y: np.ndarray) -> np.ndarray:
        batch = y.shape[: y.ndim - len(self.range_shape)]
        return (y.reshape(*batch, -1) @ self.values.conj()).reshape(*batch, *self.domain_shape)


@pytest.mark.parametrize("shape", WEIGHTS.values(), ids=WEIGHTS)
def test_weighted_samples_are_whitened_by_hand(shape, dense):
    rng = np.random.default_rng(3)
    mask = (np.argsort(rng.random(64)) < 20).reshape(8, 8)
    operator = Joint(PartialFourier(mask), 2)
    data = random_array((2, 20), "complex128", rng)
    weights = np.broadcast_to(rng.uniform(0.5, 2, shape), data.shape)
    problem = Problem(operator, data, Groups.across(axis=0), weights=weights)
    by_hand = Problem(ByHand(operator, weights, dense), weights * data, Groups.across(axis=0))
    basis, step = Wavelet((8, 8), "haar", 2), 1 / weights.max() ** 2
    for penalty in (L21(0.2), GroupL0(0.05)):
        solver = CycleSpinning(basis, penalty=penalty, max_iter=40, step=step)
        found, expected = solver.solve(problem), solver.solve(by_hand)
        np.testing.assert_allclose(found.coef, expected.coef, atol=1e-9)
        assert found.residual_norm == pytest.approx(expected.residual_norm)
    level = 0.5
    found = CycleSpinning(basis, noise_level=level, max_iter=40).solve(problem)
    # The noise in a real number of A^H y / L, by the mean energy of the rows.
    deviation = level * np.sqrt(np.mean(weights**2) / (2 * data.size)) * step
    deviation *= np.sqrt(data.size / 128)
    surprise = np.log(64)
    bound = deviation * np.sqrt(4 + 2 * np.sqrt(4 * surprise) + 2 * surprise)
    assert found.alpha == pytest.approx(bound**2 / (2 * step))


@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_a_constant_weight_scales_noise_level_and_strength(dtype):
    images, weight = rectangles(dtype), 3.0
    problem, level = measured(images, 0.4, 0.02)
    weighted = Problem(
        problem.operator, problem.data, Groups.across(axis=0), weights=np.array(weight)
    )
    for solver, scaled in (
        (CycleSpinning(HAAR, level, max_iter=40), CycleSpinning(HAAR, weight * level, max_iter=40)),
        (
            CycleSpinning(HAAR, penalty=L21(0.02), max_iter=40),
            CycleSpinning(HAAR, penalty=L21(0.02 * weight**2), max_iter=40),
        ),
    ):
        found, expected = scaled.solve(weighted), solver.solve(problem)
        np.testing.assert_allclose(found.coef, expected.coef, atol=1e-9)
        assert found.residual_norm == pytest.approx(weight * expected.residual_norm)


def test_thresholds_in_units_of_noise_are_proximal_steps_of_the_gradients_length():
    """Whatever bound the operator has, soft thresholds are those of L21 at the threshold / step."""
    rng = np.random.default_rng(5)
    sampling = PartialFourier(rng.random((16, 16)) < 0.6)
    data = sampling.apply(rng.standard_normal((2, 16, 16)))
    problem = Problem(sampling, data, Groups.across(axis=0))
    wavelet = Wavelet((16, 16), "haar")
    level, step = 0.3 * float(np.linalg.norm(data)), 0.5
    # Noise in each of four real numbers of A^H y / L, with rows of the length sqrt(L); the mean
    # of the chi distribution of four degrees of freedom is 3 sqrt(2 pi) / 4.
    sigma = level / np.sqrt(2 * data.size) * np.sqrt(step * data.size / (2 * 256))
    mean = 0.75 * np.sqrt(2 * np.pi)
    threshold = sigma * (mean + np.sqrt(4 - mean**2))
    options = {"max_iter": 10, "step": step}
    units = CycleSpinning(wavelet, level, L21(1.5), **options).solve(problem)
    plain = CycleSpinning(wavelet, penalty=L21(1.5 * threshold / step), **options).solve(problem)
    np.testing.assert_allclose(units.coef, plain.coef, rtol=1e-9, atol=1e-12)
    assert units.alpha == pytest.approx(plain.alpha)


def test_momentum_saves_iterations_where_data_determine_the_image_badly():
    """Two coils of nearly the same sensitivity see every other line."""
    image = np.zeros((16, 16))
    image[4:9, 3:11] = 1.0
    mask = np.zeros((16, 16), dtype=bool)
    mask[:, ::2] = True
    mask[:, 7:10] = True
    slope = np.linspace(-1, 1, 16) * np.ones((16, 1))
    maps = np.stack([1 + 0.3 * slope, 1 - 0.3 * slope]).astype(complex)
    operator = Joint(PartialFourier(mask), 2) @ Sensitivities(maps)
    problem = Problem(operator, operator.apply(image.astype(complex)), Groups.blocks(1, image.size))
    plain, fast = (
        CycleSpinning(Wavelet((16, 16), "haar"), 0.0, max_iter=60, momentum=momentum)
        .solve(problem)
        .residual_norm
        for momentum in (0.0, 0.9)
    )
    assert fast < 0.5 * plain


def test_bases_in_turn_are_better_than_either():
    """One channel has edges, the other is smooth."""
    y, x = np.meshgrid(*(np.linspace(0, 1, 64),) * 2, indexing="ij")
    images = np.stack([((x > 0.23) & (y < 0.61)).astype(float), np.sin(5 * x) * np.cos(4 * y)])
    rng = np.random.default_rng(1)
    mask = rng.random((64, 64)) < 0.4
    mask[24:40, 24:40] = True
    sampling = HalfPlaneFourier(mask)
    data = sampling.apply(images)
    data += 0.02 * rng.standard_normal(data.shape)
    problem = Problem(sampling, data, Groups.across(axis=0))
    level = 0.02 * np.sqrt(data.size)

    def measure_error(*families: str) -> float:
        wavelets = [Wavelet((64, 64), family) for family in families]
        free = [wavelet.coarse for wavelet in wavelets]
        solver = CycleSpinning(wavelets, level, GroupMCP(1.0, 8.0), unpenalised=free)
        return float(np.linalg.norm(solver.solve(problem).coef - images))

    assert measure_error("haar", "sym4") < min(measure_error("haar"), measure_error("sym4"))


def test_each_basis_has_its_own_free_coefficients():
    wavelets = [Wavelet((16, 16), "haar"), Wavelet((16, 16), "sym4")]
    with pytest.raises(ValueError, match=r"unpenalised must be one array for each basis \(2\)"):
        CycleSpinning(wavelets, 0.1, unpenalised=wavelets[0].coarse)


def test_channels_of_other_labels_are_solved_as_if_alone():
    rng = np.random.default_rng(7)
    sampling = PartialFourier(rng.random((16, 16)) < 0.6)
    data = sampling.apply(rng.standard_normal((3, 16, 16)))
    level = 0.3 * float(np.linalg.norm(data))

    def solve(channels, labels=None):
        problem = Problem(sampling, data[channels], Groups.across(axis=0))
        own = level * np.sqrt(len(channels) / 3)
        solver = CycleSpinning(Wavelet((16, 16), "haar"), own, L21(1.0), channel_labels=labels)
        return solver.solve(problem)

    together = solve([0, 1, 2], np.array([4, 1, 4]))
    pair, single = solve([0, 2]), solve([1])
    np.testing.assert_allclose(together.coef[[0, 2]], pair.coef, atol=1e-9)
    np.testing.assert_allclose(together.coef[1:2], single.coef, atol=1e-9)
    assert together.alpha == pytest.approx(max(pair.alpha, single.alpha))
    counts = [solution.history["n_active"] for solution in (together, pair, single)]
    np.testing.assert_array_equal(counts[0], counts[1] + counts[2])


@pytest.mark.parametrize("labels", [[0, 1], [0.5, 1.0, 2.0], [[0, 1, 2]], []])
def test_labels_must_be_one_integer_for_each_channel(labels):
    sampling = PartialFourier(np.ones((8, 8), dtype=bool))
    problem = Problem(sampling, np.ones((3, 64), complex), Groups.across(axis=0))
    with pytest.raises(ValueError, match="channel_labels must"):
        CycleSpinning(Wavelet((8, 8), "haar"), 1.0, channel_labels=labels).solve(problem)
