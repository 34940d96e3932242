"""Every operator of the table, held to what operators promise; then one by one to references."""

from types import SimpleNamespace

import numpy as np
import pytest
import pywt
import scipy.fft
import scipy.sparse as sp
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from groupsparse.toolkit.arrays import inexact_dtype, real_dtype
from groupsparse.toolkit.operators import (
    Channelwise,
    External,
    HalfPlaneFourier,
    Joint,
    Matrix,
    PartialFourier,
    Sensitivities,
    Wavelet,
    as_operator,
)
from groupsparse.toolkit.testing import dot_test, random_array

from ..conftest import DTYPES

# Conformance


def test_dot_product(in_every_dtype):
    for case in in_every_dtype:
        dot_test(case.operator, case.dtype)


def test_adjoint_is_the_conjugate_transpose(operator, dense):
    rows = int(np.prod(operator.range_shape))
    units = np.eye(rows).reshape(rows, *operator.range_shape)
    adjoint = np.stack([operator.adjoint(unit).ravel() for unit in units], axis=1)
    np.testing.assert_allclose(adjoint, dense(operator).conj().T, atol=1e-13)


def test_normal_product_is_adjoint_after_apply(in_every_dtype):
    for case in in_every_dtype:
        x = case.input()
        expected = case.operator.adjoint(case.operator.apply(x))
        found = case.operator.normal(x)
        assert found.dtype == expected.dtype, case.dtype
        tolerance = 50 * np.finfo(expected.dtype).eps * np.abs(expected).max()
        np.testing.assert_allclose(found, expected, atol=tolerance)


@pytest.mark.parametrize("shape", [(8, 9), (7, 6), (4, 5, 6)], ids=str)
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("kind", [PartialFourier, HalfPlaneFourier])
def test_normal_product_of_lines(kind, axis, shape):
    lines = [1] * len(shape)
    lines[axis] = shape[axis]
    chosen = np.arange(shape[axis]) % 3 != 0
    x = random_array((2, *shape), "float64", np.random.default_rng(0))
    for mask in (np.broadcast_to(chosen.reshape(lines), shape), np.ones(shape, dtype=bool)):
        operator = kind(mask)
        expected = operator.adjoint(operator.apply(x))
        np.testing.assert_allclose(operator.normal(x), expected, atol=1e-13)


def test_precision_and_shape_stay(in_every_dtype):
    for case in in_every_dtype:
        operator, dtype = case.operator, case.dtype
        image, back = operator.apply(case.input()), operator.adjoint(case.output())
        assert image.shape == operator.range_shape, dtype
        assert back.shape == operator.domain_shape, dtype
        for result in (image, back):
            assert real_dtype(result.dtype) == real_dtype(dtype), dtype
            assert (result.dtype.kind == "c") == ("c" in (dtype.kind, operator.dtype.kind)), dtype


def test_strided_and_read_only_input(in_every_dtype):
    for case in in_every_dtype:
        x, y = case.input(), case.output()
        for product, array in ((case.operator.apply, x), (case.operator.adjoint, y)):
            expected = product(array.copy())
            strided = np.repeat(array, 2, axis=-1)[..., ::2]
            backwards = array[::-1].copy()[::-1]
            for view in (strided, backwards, np.asfortranarray(array)):
                view.setflags(write=False)
                np.testing.assert_allclose(
                    product(view), expected, rtol=1e-4, atol=1e-5, err_msg=str(case.dtype)
                )


def test_input_and_output_do_not_share_memory(in_every_dtype):
    for case in in_every_dtype:
        x, y = case.input(), case.output()
        kept, where = (x.copy(), y.copy()), str(case.dtype)
        case.operator.apply(x)[...] = 7
        case.operator.adjoint(y)[...] = 7
        np.testing.assert_array_equal(x, kept[0], where)
        np.testing.assert_array_equal(y, kept[1], where)
        again, expected = case.operator.apply(x), case.operator.apply(kept[0])
        np.testing.assert_array_equal(again, expected, where)


def test_batches_agree_with_one_at_a_time(operator):
    rng = np.random.default_rng(2)
    for kernel, shape in (
        (operator.apply, operator.domain_shape),
        (operator.adjoint, operator.range_shape),
    ):
        batch = rng.standard_normal((2, 3, *shape))
        expected = np.stack([[kernel(x) for x in row] for row in batch])
        np.testing.assert_allclose(kernel(batch), expected, atol=1e-13)
        np.testing.assert_allclose(kernel(batch[0, :1]), expected[0, :1], atol=1e-13)


def test_as_linear_operator(operator, dense):
    expected, rng = dense(operator), np.random.default_rng(3)
    linear = operator.as_linear_operator()
    assert isinstance(linear, LinearOperator)
    assert linear.shape == expected.shape
    x, y = rng.standard_normal((expected.shape[1], 3)), rng.standard_normal((len(expected), 3))
    np.testing.assert_allclose(linear @ x, expected @ x, atol=1e-12)
    np.testing.assert_allclose(linear @ x[:, 0], expected @ x[:, 0], atol=1e-12)
    np.testing.assert_allclose(linear.rmatmat(y), expected.conj().T @ y, atol=1e-12)
    np.testing.assert_allclose(linear.rmatvec(y[:, 0]), expected.conj().T @ y[:, 0], atol=1e-12)
    np.testing.assert_allclose(as_operator(linear).apply(x[:, 0]), expected @ x[:, 0], atol=1e-12)


def test_columns_and_their_norms(operator, dense):
    expected = dense(operator)
    norms = operator.column_norms()
    assert norms.shape == operator.domain_shape
    np.testing.assert_allclose(norms.ravel(), np.linalg.norm(expected, axis=0), atol=1e-7)
    some = np.arange(expected.shape[1])[::-2]
    np.testing.assert_allclose(operator.columns(some), expected[:, some].T, atol=1e-13)


def test_known_bounds_hold(operator, dense):
    expected = dense(operator)
    largest = np.linalg.norm(expected, 2) ** 2
    assert operator.lipschitz is None or largest <= operator.lipschitz * (1 + 1e-10)
    if operator.orthonormal_rows:
        # The tabulated filters of the symlets are accurate to eleven digits.
        np.testing.assert_allclose(expected @ expected.conj().T, np.eye(len(expected)), atol=1e-10)
    if operator.row_energy is not None:
        energy = np.linalg.norm(expected) ** 2 / len(expected)
        assert operator.row_energy == pytest.approx(energy, rel=1e-10)
    if operator.even_columns:
        norms = np.linalg.norm(expected, axis=0)
        np.testing.assert_allclose(norms, norms[0], rtol=1e-10)
    if operator.orthogonal_channel_rows:
        for rows in expected.reshape(operator.range_shape[0], -1, expected.shape[1]):
            gram = rows @ rows.conj().T
            np.testing.assert_allclose(gram, np.diag(np.diag(gram)), atol=1e-12)


def test_gradient_agrees_with_finite_differences(in_every_dtype):
    """The gradient of ``1/2 ||A x - y||^2`` is ``A^H (A x - y)``, complex data included."""
    for case in in_every_dtype:
        if case.dtype not in ("float64", "complex128"):
            continue
        operator, x = case.operator, case.input(0)
        data = operator.apply(case.input(4))
        gradient = operator.adjoint(operator.apply(x) - data)
        for seed in (5, 6):
            half = case.input(seed) / 2
            ahead, behind = (np.linalg.norm(operator.apply(p) - data) for p in (x + half, x - half))
            inner = 2 * np.vdot(half, gradient).real
            slope = (ahead**2 - behind**2) / 2
            assert slope == pytest.approx(inner, rel=1e-10, abs=1e-10), case.dtype


def test_shape_errors_say_what_came_and_what_was_expected(operators):
    for name, operator in operators.items():
        for product, shape in (
            (operator.apply, operator.domain_shape),
            (operator.adjoint, operator.range_shape),
        ):
            longer = (*shape[:-1], shape[-1] + 1)
            for wrong in (longer, (2, *longer), (*shape, shape[-1] + 1), shape[1:]):
                with pytest.raises(ValueError, match="must have shape") as caught:
                    product(np.zeros(wrong))
                assert f"must have shape {shape}" in str(caught.value), name
                assert f"got {wrong}" in str(caught.value), name


def test_repr_names_the_operator(operators):
    for name, operator in operators.items():
        assert "->" in repr(operator) or "Wavelet(" in repr(operator), name


# Matrices


@pytest.mark.parametrize("dtype", ["int8", "bool", "uint16", "longdouble", "float16", ">f8"])
def test_any_numeric_matrix(dtype):
    values = np.array([[1, 0, 1], [0, 1, 0]], dtype)
    in_sparse = [sp.csr_array(values)] if dtype not in ("float16", ">f8") else []
    for matrix in (values, *in_sparse):
        operator = Matrix(matrix)
        assert operator.dtype == (np.float32 if dtype == "float16" else np.float64)
        np.testing.assert_array_equal(operator.apply(np.array([1.0, 2.0, 3.0])), [4, 2])


SPARSE_DTYPES = ["float32", "complex64", "float16", "longdouble", "clongdouble", ">f8", ">c8", "O"]


@pytest.mark.parametrize("form", ["coo", "csc", "csr", "bsr", "dia"])
@pytest.mark.parametrize("dtype", SPARSE_DTYPES)
def test_sparse_matrices_of_dtypes_that_scipy_does_not_compute_in(form, dtype):
    values = np.array([[1.0, 0, 1], [0, 2, 0]])
    matrix = sp.coo_array(values).asformat(form)
    given = matrix.data = matrix.data.astype(dtype)
    operator = Matrix(matrix)
    assert operator.dtype == (np.float64 if dtype == "O" else inexact_dtype(np.dtype(dtype)))
    np.testing.assert_array_equal(operator.apply(np.array([1.0, 2.0, 3.0])), [4, 4])
    assert matrix.data is given


def test_sparse_values_that_share_a_place_are_added_in_full_precision():
    places = (np.array([0, 0]), np.array([1, 1]))
    counts = sp.coo_array((np.array([200, 100], np.uint8), places), (1, 2))
    np.testing.assert_array_equal(Matrix(counts).values.toarray(), [[0, 300]])
    rows = sp.csr_array((np.array([2.0, 1.0]), np.array([1, 1]), np.array([0, 2])), (1, 2))
    np.testing.assert_array_equal(Matrix(rows).column_norms(), [0, 3])
    assert rows.nnz == 2


def misplaced(form):
    """Return a sparse matrix whose first value lies outside it."""
    matrix = sp.coo_array(np.eye(2)).asformat(form)
    (matrix.coords[1] if form == "coo" else matrix.indices)[0] = 7
    return matrix


@pytest.mark.parametrize(
    ("values", "message"),
    [
        *(
            (misplaced(form), r"values outside its shape \(2, 2\)")
            for form in ("coo", "csc", "csr")
        ),
        (sp.coo_array(np.ones(3)), r"rows and columns, got shape \(3,\)"),
        (np.ma.masked_array(np.eye(2), np.eye(2)), "operator matrix has masked values"),
        (np.array([[1.0, None]]), "numbers, got None"),
        (np.zeros(3), "rows and columns"),
        (np.zeros((2, 0)), "empty"),
        (sp.csr_array((2, 0)), "rows and columns"),
        ([[1, np.nan]], "1 NaN or infinite"),
        (sp.csr_array([[np.inf, 1]]), "1 NaN or infinite"),
        ([["a"]], "numbers"),
        ([[1], [2, 3]], "rectangular"),
    ],
)
def test_values_that_are_not_a_matrix(values, message):
    with pytest.raises(ValueError, match=message):
        Matrix(values)


def test_a_dense_matrix_is_not_copied_and_an_empty_sparse_one_is_zero():
    values = np.eye(3)
    assert Matrix(values).values is values
    np.testing.assert_array_equal(Matrix(sp.csr_array((2, 3))).apply(np.ones(3)), [0, 0])


def test_as_operator_refuses_what_is_no_linear_map():
    with pytest.raises(ValueError, match="got function"):
        as_operator(lambda x: x)
    with pytest.raises(ValueError, match=r"shape \(0, 3\)"):
        External(LinearOperator((0, 3), matvec=lambda x: x, dtype=float))


def external(matvec=None, rmatvec=None, dtype=float):
    """Return ``[[1, 2]]`` as an operator of SciPy, with other products or dtype."""
    return LinearOperator(
        (1, 2),
        matvec=matvec or (lambda x: x[:1] + 2 * x[1:]),
        rmatvec=rmatvec or (lambda y: np.concatenate([y, 2 * y])),
        dtype=dtype,
    )


@pytest.mark.parametrize("dtype", [object, "float16", ">f8", "longdouble", int])
def test_external_operators_of_other_dtypes(dtype):
    operator = External(external(dtype=dtype))
    assert operator.apply(np.array([1.0, 2.0])).tolist() == [5]
    assert operator.adjoint(np.array([1.0])).tolist() == [1, 2]


@pytest.mark.parametrize(
    ("operator", "message"),
    [
        (external(matvec=lambda x: x), "matvec fails for shape"),
        (external(matvec=lambda x: None), "what matvec returns must hold numbers"),
        (external(matvec=lambda x: np.array(["a"])), "what matvec returns must hold numbers"),
        (
            external(matvec=lambda x: 1j * x[:1]),
            "matvec returns complex128, but its dtype is float",
        ),
        (external(matvec=lambda x: np.nan * x[:1]), "matvec returns NaN or infinite"),
        (LinearOperator((1, 2), matvec=lambda x: x[:1], dtype=float), "must have rmatvec"),
    ],
)
def test_products_of_others_that_return_nonsense(operator, message):
    with pytest.raises(ValueError, match=f"operator:? {message}"):
        dot_test(operator)


def test_attributes_of_others_that_are_nonsense():
    with pytest.raises(ValueError, match="operator must have a numeric dtype, got <U3"):
        External(external(dtype="U3"))
    duck = SimpleNamespace(shape=None, matvec=np.abs, rmatvec=np.abs)
    with pytest.raises(ValueError, match="operator must have a shape of two integers, got None"):
        as_operator(duck)


def test_as_operator_keeps_ours_and_knows_matrices():
    wavelet = Wavelet((4,), "haar", 1)
    assert as_operator(wavelet) is wavelet
    for values in (np.eye(2), [[1, 0], [0, 1]], sp.eye_array(2)):
        assert isinstance(as_operator(values), Matrix)
    assert isinstance(as_operator(aslinearoperator(np.eye(2))), External)


# Channels


def test_joint_is_a_kronecker_product(dense):
    matrix = np.random.default_rng(0).standard_normal((2, 3))
    last = dense(Joint(Matrix(matrix), 4))
    np.testing.assert_allclose(last, np.kron(matrix, np.eye(4)), atol=1e-15)
    first = dense(Joint(Matrix(matrix), 4, axis=0))
    np.testing.assert_allclose(first, np.kron(np.eye(4), matrix), atol=1e-15)


def test_channelwise_packs_ragged_data():
    rng = np.random.default_rng(0)
    matrices = [rng.standard_normal((n, 3)) for n in (2, 4)]
    operator = Channelwise([Matrix(matrix) for matrix in matrices])
    x = rng.standard_normal((3, 2))
    parts = [matrix @ x[:, channel] for channel, matrix in enumerate(matrices)]
    np.testing.assert_allclose(operator.apply(x), operator.pack(parts), atol=1e-15)
    with pytest.raises(ValueError, match=r"\[\(2,\), \(4,\)\], got \[\(4,\), \(2,\)\]"):
        operator.pack(parts[::-1])


@pytest.mark.parametrize("axis", [0, -1])
def test_channelwise_packs_equal_data(axis):
    operator = Channelwise([PartialFourier(np.ones((2, 3), bool))] * 4, axis=axis)
    parts = list(np.random.default_rng(0).standard_normal((4, 6)))
    np.testing.assert_array_equal(operator.pack(parts), np.stack(parts, axis=axis))


def test_channels_that_do_not_fit():
    matrix = Matrix(np.eye(2))
    with pytest.raises(ValueError, match="n_channels must be an integer of at least 1, got 0"):
        Joint(matrix, 0)
    with pytest.raises(ValueError, match="axis must be 0 or -1, got 1"):
        Joint(matrix, 2, axis=1)
    with pytest.raises(ValueError, match="operators is empty"):
        Channelwise([])
    with pytest.raises(ValueError, match=r"share one domain shape, got \[\(2,\), \(3,\)\]"):
        Channelwise([matrix, Matrix(np.eye(3))])


def test_composition_that_does_not_fit():
    with pytest.raises(ValueError, match=r"takes shape \(2,\).*gives \(3,\)"):
        Matrix(np.eye(2)) @ Matrix(np.eye(3))


# Wavelets


@pytest.mark.filterwarnings("ignore:Level value")
@pytest.mark.parametrize("family", ["haar", "db2", "db4", "sym4", "coif2", "db10", "sym20"])
@pytest.mark.parametrize(
    ("shape", "levels"), [((32,), 3), ((4,), 2), ((16, 8), 3), ((4, 8, 12), 2)], ids=str
)
def test_wavelet_agrees_with_pywavelets(family, shape, levels):
    image = np.random.default_rng(0).standard_normal(shape)
    coefs = pywt.wavedecn(image, family, mode="periodization", level=levels)
    expected, _ = pywt.coeffs_to_array(coefs)
    wavelet = Wavelet(shape, family, levels)
    np.testing.assert_allclose(wavelet.adjoint(image), expected, atol=1e-13)
    np.testing.assert_allclose(wavelet.apply(expected), image, atol=1e-9)
    approximation = np.zeros(expected.shape, bool)
    approximation[tuple(slice(n) for n in coefs[0].shape)] = True
    np.testing.assert_array_equal(wavelet.coarse, approximation)


@pytest.mark.filterwarnings("ignore:Level value")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("workers", [1, 2])
def test_batches_of_large_images_agree_with_pywavelets(dtype, workers):
    image = random_array((16, 256, 160), dtype, np.random.default_rng(0))
    coefs = pywt.wavedecn(image, "db4", mode="periodization", level=5, axes=(1, 2))
    expected, _ = pywt.coeffs_to_array(coefs, axes=(1, 2))
    wavelet = Wavelet((256, 160), "db4", 5)
    with scipy.fft.set_workers(workers):
        found = wavelet.adjoint(image)
        back = wavelet.apply(found)
    tolerance = 1e-12 if np.finfo(image.dtype).eps < 1e-8 else 1e-4
    assert found.dtype == back.dtype == image.dtype
    np.testing.assert_allclose(found, expected, atol=tolerance)
    np.testing.assert_allclose(back, image, atol=1e3 * tolerance)


@pytest.mark.parametrize("shape", [(7,), (8, 12), (9, 14), (3, 6, 7)], ids=str)
@pytest.mark.parametrize("dtype", ["float32", "complex128"])
def test_rolled_transforms_are_those_of_rolled_images(shape, dtype):
    rng = np.random.default_rng(0)
    images, wavelet = random_array((2, *shape), dtype, rng), Wavelet(shape, "db2", 1)
    shift, axes = rng.integers(0, 20, len(shape)), tuple(range(1, 1 + len(shape)))
    coefs = wavelet.adjoint(np.roll(images, shift, axes))
    np.testing.assert_array_equal(wavelet.adjoint_rolled(images, shift), coefs)
    expected = np.roll(wavelet.apply(coefs), -shift, axes)
    np.testing.assert_array_equal(wavelet.apply_rolled(coefs, shift), expected)
    plain = Matrix(np.eye(6))
    np.testing.assert_array_equal(plain.adjoint_rolled(np.arange(6.0), [2])[:3], [4, 5, 0])
    np.testing.assert_array_equal(plain.apply_rolled(np.arange(6.0), [2])[:3], [2, 3, 4])


@pytest.mark.parametrize("shape", [(9, 14), (5,), (3, 6, 7)], ids=str)
def test_cropped_wavelet_rebuilds_every_image(shape):
    wavelet = Wavelet(shape, "db4", 1)
    image = np.random.default_rng(0).standard_normal(shape)
    np.testing.assert_allclose(wavelet.apply(wavelet.adjoint(image)), image, atol=1e-12)
    assert all(padded % 2 == 0 for padded in wavelet.domain_shape)


@pytest.mark.parametrize("family", ["haar", "db4"])
@pytest.mark.parametrize("shape", [(13,), (7, 12), (8, 8), (3, 5, 4)], ids=str)
def test_norms_of_atoms_under_a_weighted_spectrum(family, shape, dense):
    wavelet = Wavelet(shape, family)
    weights = np.random.default_rng(0).uniform(0, 2, shape)
    atoms = dense(wavelet).T.reshape(-1, *shape)
    spectra = np.fft.fftn(atoms, axes=range(1, atoms.ndim), norm="ortho")
    expected = np.sqrt((weights * np.abs(spectra) ** 2).reshape(len(atoms), -1).sum(axis=1))
    np.testing.assert_allclose(wavelet.norms_under(weights).ravel(), expected, atol=1e-8)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((8, 8), "bior4.4"), "not orthogonal"),
        (((8, 8), "dmey"), "not orthogonal"),
        (((8, 8), "nonsense"), "unknown"),
        (((8, 6), "haar", 3), r"levels must be from 1 to 2 .* \(8, 6\), got 3"),
        (((8, 8), "haar", 0), "got 0"),
        (((1, 8), "haar"), "too small"),
        (((2, 2, 2, 2), "haar"), "one to three"),
        (((0, 4), "haar"), "shape must be an integer of at least 1, got 0"),
        (((4, 4), 5), "wavelet 5 is unknown"),
        (("bad", "haar"), "shape must be one or more positive integers, got 'bad'"),
    ],
)
def test_wavelets_that_do_not_exist(arguments, message):
    with pytest.raises(ValueError, match=message):
        Wavelet(*arguments)


# Fourier samples

SHAPES = [(8,), (7,), (1,), (8, 6), (7, 5), (6, 7), (1, 4), (4, 3, 5), (2, 4, 6)]


def random_mask(shape, seed=0):
    chosen = np.random.default_rng(seed).random(shape) < 0.6
    chosen.flat[0] = True
    return chosen


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("full", [False, True])
def test_fourier_is_orthonormal_and_centred(shape, full):
    mask = np.ones(shape, bool) if full else random_mask(shape)
    image = random_array(shape, complex, np.random.default_rng(1))
    expected = np.fft.fftshift(np.fft.fftn(np.fft.ifftshift(image), norm="ortho"))[mask]
    np.testing.assert_allclose(PartialFourier(mask).apply(image), expected, atol=1e-13)


def half_plane_rows(mask):
    """The rows of `HalfPlaneFourier` from the full transform, pair by pair of frequencies."""
    n, axes = mask.size, tuple(range(1, mask.ndim + 1))
    units = np.fft.ifftshift(np.eye(n).reshape(n, *mask.shape), axes)
    spectrum = np.fft.fftn(units, axes=axes, norm="ortho").reshape(n, n).T
    index = np.indices(mask.shape).reshape(mask.ndim, n)
    sizes = np.array(mask.shape)[:, None]
    mirror = np.ravel_multi_index(tuple((-index) % sizes), mask.shape)
    sampled = np.fft.ifftshift(mask).ravel()
    sampled = sampled | sampled[mirror]
    alone = sampled & (mirror == np.arange(n))
    pairs = spectrum[sampled & (mirror > np.arange(n))]
    return np.concatenate([spectrum[alone].real, 2**0.5 * pairs.real, 2**0.5 * pairs.imag])


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("full", [False, True])
def test_half_plane_rows(shape, full, dense):
    mask = np.ones(shape, bool) if full else random_mask(shape)
    operator = HalfPlaneFourier(mask)
    expected = half_plane_rows(mask)
    signs = np.diag(dense(operator) @ expected.T).round()  # of Im: of k, or of its mirror -k
    np.testing.assert_allclose(dense(operator), signs[:, None] * expected, atol=1e-13)
    n_real_rows = (len(expected) + operator.n_real) // 2
    np.testing.assert_array_equal(signs[:n_real_rows], 1)
    assert operator.range_shape == (np.count_nonzero(operator.mask),)
    if full:
        assert operator.range_shape == (mask.size,)


def test_half_plane_of_the_mean_alone(dense):
    mask = np.zeros((4, 5), bool)
    mask[2, 2] = True
    np.testing.assert_allclose(dense(HalfPlaneFourier(mask)), np.full((1, 20), 1 / 20**0.5))


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_half_plane_of_the_mirrored_mask_is_the_same(shape, dense):
    mask = random_mask(shape)
    uncentred = np.fft.ifftshift(mask)
    mirrored = np.roll(np.flip(uncentred), 1, axis=tuple(range(mask.ndim)))
    other = HalfPlaneFourier(np.fft.fftshift(mirrored))
    np.testing.assert_allclose(dense(HalfPlaneFourier(mask)), dense(other), atol=1e-14)
    np.testing.assert_array_equal(other.mask, HalfPlaneFourier(mask).mask)


def make_radial_mask(n, n_lines):
    """Lines through the zero frequency of an n x n grid; first row and column left out."""
    mask, steps = np.zeros((n, n), bool), np.arange(-n // 2 + 1, n // 2)
    for angle in np.linspace(0, np.pi - np.pi / n_lines, n_lines):
        if angle <= np.pi / 4 or angle > 3 * np.pi / 4:
            mask[np.round(np.tan(angle) * steps).astype(int) + n // 2, steps + n // 2] = True
        else:
            mask[steps + n // 2, np.round(steps / np.tan(angle)).astype(int) + n // 2] = True
    return mask


def test_the_published_22_radial_lines():
    operator = HalfPlaneFourier(make_radial_mask(64, 22))
    assert operator.range_shape == (1257,)
    assert operator.n_real == 1
    samples = np.random.default_rng(0).standard_normal(1257)
    np.testing.assert_allclose(operator.apply(operator.adjoint(samples)), samples, atol=1e-13)


@pytest.mark.parametrize("make", [PartialFourier, HalfPlaneFourier])
@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (np.zeros((3, 3), bool), "no sample"),
        (np.full((2, 2), 0.5), "false and true"),
        (np.array(True), "no sample"),
        (["x"], "false and true"),
        ([[0, np.nan]], "false and true"),
    ],
)
def test_values_that_are_not_a_mask(make, mask, message):
    with pytest.raises(ValueError, match=message):
        make(mask)


def test_masks_of_zeros_and_ones():
    np.testing.assert_array_equal(PartialFourier([[0, 1.0]]).mask, [[False, True]])


def test_half_plane_refuses_complex():
    operator = HalfPlaneFourier(np.ones((2, 2), bool))
    with pytest.raises(ValueError, match="real images"):
        operator.apply(np.zeros((2, 2), complex))
    with pytest.raises(ValueError, match="real samples"):
        operator.adjoint(np.zeros(4, complex))


@pytest.mark.parametrize("value", [(), 2j, np.eye(2)])
def test_external_takes_linear_operators_only(value):
    with pytest.raises(ValueError, match="operator must be a LinearOperator, got "):
        External(value)


def test_channels_of_mixed_precision_are_in_double():
    single = Matrix(np.full((2, 2), 1e20, "f4"))
    both = Channelwise([single, Matrix(np.eye(2))])
    assert [operator.dtype for operator in both.operators] == [np.float64, np.float64]
    assert Channelwise([single, single]).operators == (single, single)


# Sensitivities


def test_the_mean_energy_of_rows_is_known_behind_maps_and_wavelets():
    maps = random_array((2, 3, 8, 8), "complex128", np.random.default_rng(0))
    fourier = Joint(PartialFourier(np.eye(8, dtype=bool)), 3)
    energy = (np.abs(maps) ** 2).sum() / (3 * 64)
    for sampling in (fourier @ Sensitivities(maps), Joint(fourier @ Sensitivities(maps), 2)):
        assert sampling.row_energy == pytest.approx(energy)
    wavelets = Joint(Wavelet((8, 8), "haar", 2), 2)
    assert (fourier @ Sensitivities(maps) @ wavelets).row_energy == pytest.approx(energy)


def test_sensitivities_keep_single_precision_and_memory():
    maps = random_array((3, 8, 8), "complex64", np.random.default_rng(0))
    operator = Sensitivities(maps)
    assert np.shares_memory(operator.maps, maps)
    assert operator.apply(np.ones((8, 8), np.float32)).dtype == np.complex64
    assert operator.lipschitz == pytest.approx((np.abs(maps) ** 2).sum(axis=0).max())
