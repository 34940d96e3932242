"""Every loss is a convex function with the derivatives and the conjugate that it says."""

import numpy as np
import pytest
from scipy.optimize import minimize

from groupsparse.toolkit.arrays import inner
from groupsparse.toolkit.losses import Cox, Poisson, Squared


@pytest.fixture
def rng():
    return np.random.default_rng(11)


def draw_units(row, rng):
    """Unit vectors, of the real and of the imaginary part."""
    shape = row.read().shape
    units = np.eye(int(np.prod(shape))).reshape(-1, *shape)
    return np.concatenate([units, 1j * units]) if row.is_complex else units


def make_dense_hessian(row, term, image, rng):
    """The Hessian as a matrix over real (and imaginary) parts."""
    units = draw_units(row, rng)
    columns = term.apply_hessian(image, units)
    return np.array([[inner(unit, column) for column in columns] for unit in units])


def test_gradient_is_that_of_the_value(row, term, rng):
    image, step = row.draw_image(rng), 1e-5
    for unit in draw_units(row, rng):
        difference = term.value(image + step * unit) - term.value(image - step * unit)
        assert difference / (2 * step) == pytest.approx(
            inner(unit, term.gradient(image)), rel=1e-6, abs=1e-8
        )


def test_hessian_is_that_of_the_gradient(row, term, rng):
    image, step = row.draw_image(rng), 1e-5
    for direction in row.draw_image(rng), row.draw_image(rng):
        ahead, behind = (term.gradient(image + s * direction) for s in (step, -step))
        np.testing.assert_allclose(
            term.apply_hessian(image, direction),
            (ahead - behind) / (2 * step),
            rtol=1e-6,
            atol=1e-8,
        )


def test_hessian_of_several_directions(row, term, rng):
    image, directions = row.draw_image(rng), np.stack([row.draw_image(rng) for _ in range(3)])
    np.testing.assert_allclose(
        term.apply_hessian(image, directions),
        [term.apply_hessian(image, direction) for direction in directions],
        rtol=1e-12,
    )


@pytest.mark.parametrize("scale", [0.1, 1.0, 6.0])
def test_curvature_is_not_below_the_hessian(row, term, rng, scale):
    image = row.draw_image(rng, scale)
    diagonal = np.ravel(term.curvature(image))
    hessian = make_dense_hessian(row, term, image, rng)
    slack = np.diag(np.tile(diagonal, len(hessian) // diagonal.size)) - hessian
    np.testing.assert_allclose(hessian, hessian.T, atol=1e-12)
    assert np.linalg.eigvalsh(slack).min() >= -1e-12 * diagonal.max()
    if term.curvature_bound is not None:
        assert np.linalg.eigvalsh(hessian).max() <= term.curvature_bound * (1 + 1e-12)


def test_derivatives_in_one_pass(row, term, rng):
    image = row.draw_image(rng)
    gradient, curvature = term.derivatives(image)
    np.testing.assert_array_equal(gradient, term.gradient(image))
    np.testing.assert_array_equal(curvature, term.curvature(image))


@pytest.mark.parametrize("scale", [1.0, 30.0])
def test_value_is_convex(row, term, rng, scale):
    for _ in range(20):
        one, two, share = row.draw_image(rng, scale), row.draw_image(rng, scale), rng.random()
        chord = share * term.value(one) + (1 - share) * term.value(two)
        assert term.value(share * one + (1 - share) * two) <= chord + 1e-12 * abs(chord)


def test_conjugate_is_the_largest_value(row, term, rng):
    dual = 0.6 * term.gradient(row.draw_image(rng)) + 0.2 * term.gradient(row.draw_image(rng))
    start = row.draw_image(rng)
    as_real = (lambda u: u.view(float)) if row.is_complex else np.ravel

    def as_image(vector):
        return (vector.view(complex) if row.is_complex else vector).reshape(start.shape)

    best = minimize(
        lambda vector: term.value(as_image(vector)) - inner(dual, as_image(vector)),
        as_real(start),
        jac=lambda vector: as_real(term.gradient(as_image(vector)) - dual),
        method="BFGS",
        options={"gtol": 1e-9, "maxiter": 2000},
    )
    assert term.conjugate(dual) == pytest.approx(-best.fun, rel=1e-7, abs=1e-7)


def test_gap_is_value_and_conjugate(row, term, rng):
    for scale in 0.0, 0.3, 0.99, 1.0:
        image, other = row.draw_image(rng), row.draw_image(rng)
        dual = scale * term.gradient(other)
        gap = term.value(image) + term.conjugate(dual) - inner(dual, image)
        assert gap >= -1e-12
        assert term.fenchel_gap(image, dual) == pytest.approx(gap, rel=1e-9, abs=1e-12)


def test_gap_of_the_gradient_is_zero(row, term, rng):
    for scale in 1.0, 5.0:
        image = row.draw_image(rng, scale)
        gap = term.fenchel_gap(image, term.gradient(image))
        assert 0 <= gap <= 1e-20 * (1 + term.value(image) - term.infimum)


def test_small_gaps_keep_their_digits(row, term, rng):
    image, direction = row.draw_image(rng), row.draw_image(rng)
    hessian = term.apply_hessian(image, direction)
    for step in 1e-4, 1e-6:
        dual = term.gradient(image + step * direction)
        expected = step**2 * inner(direction, hessian) / 2
        assert term.fenchel_gap(image, dual) == pytest.approx(expected, rel=20 * step)


def test_duals_outside_the_domain_have_no_finite_gap(row, term, rng):
    image = row.draw_image(rng)
    for sign in 1.0, -1.0:
        dual = np.zeros_like(image)
        dual.flat[1] = 100 * sign
        outside = not isinstance(row.loss, Squared)
        if isinstance(row.loss, Poisson):
            outside = sign < 0
        assert np.isinf(term.conjugate(dual)) == outside
        assert np.isinf(term.fenchel_gap(image, dual)) == outside


def test_rounding_does_not_leave_the_domain(row, term, rng):
    """Duals on the border of the domain are gradients of images far out."""
    for scale in 30.0, 300.0:
        image = row.draw_image(rng, scale)
        for single in False, True:
            dual = term.gradient(as_single(image) if single else image)
            for factor in 1.0, 1 - 1e-6:
                assert np.isfinite(term.conjugate(factor * dual))


def as_single(image):
    return image.astype(np.complex64 if np.iscomplexobj(image) else np.float32)


def test_observations_and_their_mean_weight(counting_row, rng):
    row = counting_row
    plain, weights = row.bind(), row.draw_weights(rng)
    once, doubled = row.bind(weights), row.bind(2 * weights)
    assert plain.mean_weight == 1
    assert doubled.mean_weight == pytest.approx(4 * once.mean_weight)
    assert weights[weights > 0].min() ** 2 < once.mean_weight < weights.max() ** 2
    assert once.n_observations == doubled.n_observations <= plain.n_observations


def test_infimum_is_approached(row, term, rng):
    assert term.value(row.draw_image(rng)) >= term.infimum
    assert term.infimum == pytest.approx(-term.conjugate(np.zeros_like(row.draw_image(rng))))
    image = row.draw_image(rng)
    assert term.deviance(image) == pytest.approx(2 * (term.value(image) - term.infimum), rel=1e-9)


def test_weights_are_repetitions(counting_row, rng):
    row = counting_row
    if isinstance(row.loss, Cox) and row.loss.ties == "efron":
        pytest.skip("repeated events are ties, which do not count as one event of their weight")
    counts = rng.integers(0, 4, len(row.read()))
    data, image = row.read(), row.draw_image(rng)
    weights = np.sqrt(counts).reshape(-1, *[1] * (data.ndim - 1)) * np.ones(data.shape)
    weighted, repeated = row.loss.bind(data, weights, None), repeat(row.loss, data, counts)
    rows = np.repeat(np.arange(len(data)), counts)
    assert weighted.value(image) == pytest.approx(repeated.value(image[rows]), rel=1e-12)
    assert weighted.infimum == pytest.approx(repeated.infimum, rel=1e-12)
    gradient = np.zeros_like(image)
    np.add.at(gradient, rows, repeated.gradient(image[rows]))
    np.testing.assert_allclose(weighted.gradient(image), gradient, rtol=1e-10, atol=1e-14)
    np.testing.assert_array_equal(weighted.curvature(image)[counts == 0], 0)


def repeat(loss, data, counts):
    return loss.bind(np.repeat(data, counts, axis=0), None, None)


def test_offset_shifts_the_image(counting_row, rng):
    row = counting_row
    image, offset = row.draw_image(rng), row.draw_offset(rng)
    moved, plain = row.bind(offset=offset), row.bind()
    assert moved.value(image) == plain.value(image + offset)
    np.testing.assert_array_equal(moved.gradient(image), plain.gradient(image + offset))
    np.testing.assert_array_equal(moved.predict(image), plain.predict(image + offset))
    dual = 0.5 * plain.gradient(image)
    assert moved.conjugate(dual) == pytest.approx(plain.conjugate(dual) - inner(dual, offset))
    assert moved.fenchel_gap(image, dual) == plain.fenchel_gap(image + offset, dual)


def test_single_precision_is_kept(row, term, rng):
    image = row.draw_image(rng)
    single = as_single(image)
    if row.loss.whitens:
        term = row.loss.bind(row.read().astype(single.dtype), None, None)
    for name in "gradient", "curvature", "predict":
        result = getattr(term, name)(single)
        assert result.dtype == (np.float32 if name == "curvature" else single.dtype), name
        np.testing.assert_allclose(result, getattr(term, name)(image), rtol=2e-5, atol=1e-6)
    assert term.apply_hessian(single, single).dtype == single.dtype
    assert term.value(single) == pytest.approx(term.value(image), rel=1e-5)
    assert term.fenchel_gap(single, term.gradient(single)) <= 1e-10 * (1 + term.value(image))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("extreme", [1e2, 1e4])
def test_extreme_images_give_finite_results(row, term, rng, dtype, extreme):
    image = np.sign(row.draw_image(rng).real).astype(dtype) * dtype(extreme)
    for result in term.gradient(image), term.curvature(image), term.predict(image):
        assert np.isfinite(result).all()
    assert np.isfinite(term.apply_hessian(image, np.ones_like(image))).all()
    assert np.isfinite(term.value(image))
    assert np.isfinite(term.deviance(image))
    assert np.isfinite(term.fenchel_gap(image, 0.5 * term.gradient(0 * image)))
