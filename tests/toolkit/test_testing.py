"""The checks themselves: they accept what is right and find what is deliberately wrong."""

from dataclasses import dataclass

import numpy as np
import pytest
import pywt
from scipy.sparse.linalg import LinearOperator

from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.operators import Matrix, Operator, PartialFourier
from groupsparse.toolkit.penalties import L21, GroupL0
from groupsparse.toolkit.testing import dot_test, prox_test, random_array

A = np.random.default_rng(0).standard_normal((5, 4))
COMPLEX = A + 1j * np.random.default_rng(1).standard_normal((5, 4))
DTYPES = ("float32", "float64", "complex64", "complex128")


class Scaled(Matrix):
    """The adjoint is off by a part in ten thousand."""

    def _adjoint(self, y):
        return 1.0001 * super()._adjoint(y)


class Transposed(Matrix):
    """The adjoint forgets to conjugate."""

    def _adjoint(self, y):
        return y @ self.values


class Unshifted(PartialFourier):
    """The adjoint forgets the phases of the shift."""

    def _adjoint(self, y):
        return super()._adjoint(y * self._phases[np.dtype(complex)])


class ZeroPadded(Operator):
    """Wavelet synthesis whose analysis has another boundary: not the adjoint beyond Haar."""

    domain_shape = range_shape = (16,)
    dtype = np.dtype(float)

    def _apply(self, x):
        return pywt.idwt(x[..., :8], x[..., 8:], "db3", mode="periodization")

    def _adjoint(self, y):
        return np.concatenate(pywt.dwt(y, "db3", mode="symmetric"), axis=-1)[..., :16]


class Affine(Matrix):
    """Not linear."""

    def _apply(self, x):
        return super()._apply(x) + 1


class Broken(Matrix):
    """Not a number."""

    def _apply(self, x):
        return super()._apply(x) * np.nan


@pytest.mark.parametrize(
    ("operator", "dtype"),
    [
        *((Scaled(A), dtype) for dtype in DTYPES),
        (Transposed(COMPLEX), "complex128"),
        (Transposed(COMPLEX), "float64"),
        (Unshifted(np.ones((4, 3), bool)), "complex128"),
        (ZeroPadded(), "float64"),
        (Affine(A), "float64"),
        (Broken(A), "float64"),
        (LinearOperator((4, 4), matvec=np.cumsum, rmatvec=np.cumsum, dtype=float), "float64"),
    ],
    ids=repr,
)
def test_dot_test_finds(operator, dtype):
    with pytest.raises(AssertionError, match=f"dot test of .* failed in {dtype}: <A x, y> = "):
        dot_test(operator, dtype)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("values", [A, COMPLEX], ids=["real", "complex"])
def test_dot_test_accepts_any_linear_map(values, dtype):
    for operator in (values, Matrix(values), LinearOperator):
        if operator is LinearOperator:
            operator = LinearOperator(
                values.shape, lambda x: values @ x, lambda y: values.conj().T @ y
            )
        assert 0 <= dot_test(operator, dtype) < 100 * np.finfo(dtype).eps


def test_dot_test_tolerance_and_seed():
    assert dot_test(Scaled(A), rtol=1e-3) > 1e-7
    assert dot_test(Scaled(A), rtol=1, random_state=1) == dot_test(
        Scaled(A), rtol=1, random_state=np.random.default_rng(1)
    )
    assert dot_test(np.zeros((3, 2))) == 0


@dataclass(frozen=True, eq=False)
class Wrong(L21):
    """`L21` with another factor of shrinkage."""

    fault: str = ""

    def shrinkage(self, norms, step, groups):
        factors = super().shrinkage(norms, step, groups)
        return {
            "no shrinkage": np.ones_like(norms),
            "all zero": np.zeros_like(norms),
            "hard": (factors > 0).astype(norms.dtype),
            "no step": super().shrinkage(norms, 1.0, groups),
            "squared": factors**2,
            "a little": factors * np.float32(0.99),
            "nan": factors * np.nan,
        }[self.fault]


class Entrywise(L21):
    """Soft thresholding entry by entry."""

    def prox(self, x, step, groups):
        return x * np.maximum(0, 1 - step * self.alpha / np.abs(x))


class Unconjugated(L21):
    """Norms as the root of a sum of squares without magnitudes."""

    def prox(self, x, step, groups):
        pairs = x.reshape(-1, 2)
        norms = np.abs(np.sqrt((pairs**2).sum(axis=1)))
        return (pairs * np.maximum(0, 1 - step * self.alpha / norms)[:, None]).ravel()


class WrongThreshold(GroupL0):
    """Forgets the factor two of ``sqrt(2 step alpha)``."""

    def shrinkage(self, norms, step, groups):
        return (norms > np.sqrt(step * self.alpha)).astype(norms.dtype)


FAULTS = ("no shrinkage", "all zero", "hard", "no step", "squared", "a little", "nan")


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(
    "penalty",
    [*(Wrong(1.0, None, fault) for fault in FAULTS), Entrywise(1.0), WrongThreshold(1.0)],
    ids=repr,
)
def test_prox_test_finds(penalty, dtype):
    with pytest.raises(AssertionError, match="is not the minimiser"):
        prox_test(penalty, Groups.blocks(2, 12), dtype)


def test_prox_test_finds_squares_without_magnitude():
    groups = Groups.blocks(2, 12)
    prox_test(Unconjugated(1.0), groups, "float64")
    with pytest.raises(AssertionError, match="is not the minimiser"):
        prox_test(Unconjugated(1.0), groups, "complex128")


def test_prox_test_finds_a_step_that_touches_unpenalised_coefficients():
    class Greedy(L21):
        def prox(self, x, step, groups):
            return super().prox(x, step, groups) * np.where(np.arange(x.size) < 2, 0.9, 1)

    with pytest.raises(AssertionError, match="is not the minimiser"):
        prox_test(Greedy(1.0), Groups.from_labels([-1, -1, 0, 0]))


@pytest.mark.parametrize("dtype", DTYPES)
def test_random_arrays(dtype):
    array = random_array((200, 300), dtype, np.random.default_rng(0))
    assert array.dtype == dtype
    assert array.real.std() == pytest.approx(1, rel=0.02)
    assert array.mean() == pytest.approx(0, abs=0.02)
    if dtype.startswith("c"):
        assert array.imag.std() == pytest.approx(1, rel=0.02)
