"""The contract of losses, and of a loss with its data."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from numpy.typing import ArrayLike

from ..arrays import Array, as_finite_array, inner
from .hessian_forms import HessianForm


class DataTerm(ABC):
    """A loss with its data: a convex function ``F`` of the image ``A x``.

    An `offset`, None if it is zero, is added to every image before anything is computed of it.

    Attributes
    ----------
    curvature_bound : float or None
        An upper bound of the eigenvalues of the Hessian at all images; None if there is none.
    infimum : float
        The greatest lower bound of ``F``, that of a model with an image value for every datum.
    n_observations : int
        The number of independent observations that count.
    mean_weight : float
        How many times one of them counts on average.
    freedom : float
        The share of the directions of an image in which the loss is curved.
    """

    offset: Array | None = None
    curvature_bound: float | None = None
    infimum: float
    n_observations: int
    mean_weight: float = 1.0
    freedom: float = 1.0

    @abstractmethod
    def value(self, image: Array) -> float:
        """Return ``F(image)``."""

    @abstractmethod
    def gradient(self, image: Array) -> Array:
        """Return the gradient of ``F``, in the shape and dtype of the image."""

    @abstractmethod
    def curvature(self, image: Array) -> Array:
        """Return the diagonal of a matrix that is not below the Hessian, in the image's shape.

        For a loss that is a smooth sum over the data, the diagonal of the Hessian itself.
        """

    def derivatives(self, image: Array) -> tuple[Array, Array]:
        """Return gradient and curvature, which may share most of their work."""
        return self.gradient(image), self.curvature(image)

    @abstractmethod
    def apply_hessian(self, image: Array, directions: Array) -> Array:
        """Return the Hessian at an image times directions, shape (..., *image.shape)."""

    def hessian_form(self, image: Array) -> HessianForm | None:
        """Return the Hessian for compiled code; None if it is diagonal, with the curvature."""
        return None

    @abstractmethod
    def conjugate(self, dual: Array) -> float:
        """Return ``F*(dual) = sup_u Re<dual, u> - F(u)``, infinite outside its domain."""

    def fenchel_gap(self, image: Array, dual: Array) -> float:
        """Return ``F(image) + F*(dual) - Re<dual, image>``: zero if `dual` is the gradient."""
        return max(0.0, self.value(image) + self.conjugate(dual) - inner(dual, image))

    def deviance(self, image: Array) -> float:
        """Return ``2 (F(image) - inf F)``: for the squared loss, the squared residual norm."""
        return max(0.0, 2 * (self.value(image) - self.infimum))

    @abstractmethod
    def predict(self, image: Array) -> Array:
        """Return the expected data: the inverse link of the image."""

    def _shift(self, image: Array) -> Array:
        """Return the image with the offset, in its own dtype."""
        if self.offset is None:
            return image
        result: Array = image + self.offset.astype(image.dtype, copy=False)
        return result

    def _project_offset(self, dual: Array) -> float:
        """Return ``Re<dual, offset>``, by which the conjugate of a loss falls with its offset."""
        return 0.0 if self.offset is None else inner(dual, self.offset)


class Loss(ABC):
    """A convex function of image and data, with its settings, as a frozen dataclass.

    A subclass reads and checks data in `read_data`, and binds them in `bind`.

    Attributes
    ----------
    takes_complex : bool
        Whether operator and data may be complex.
    whitens : bool
        Whether weights scale residuals, as inverse standard deviations do. Then operator and
        data of a problem are scaled by them. Other losses count a datum squared-weight times.
    """

    takes_complex: ClassVar[bool] = False
    whitens: ClassVar[bool] = False

    def read_data(self, data: ArrayLike) -> Array:
        """Return data as floating-point numbers in the shape of an image.

        A `ValueError` that names `data` if they cannot be data of this loss.
        """
        return as_finite_array(data, "data")

    @abstractmethod
    def bind(self, data: Array, weights: Array | None, offset: Array | None) -> DataTerm:
        """Return the loss of such data, as `read_data` returns them.

        Weights are those of `Problem`, in the shape of the data, None where `whitens` is true;
        the offset, in the same shape, is None where it is zero.
        """
