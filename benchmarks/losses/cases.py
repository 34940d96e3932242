"""Problems, and one formula of the objective for all packages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from groupsparse.toolkit.arrays import Array
from groupsparse.toolkit.losses import Cox, Logistic
from groupsparse.toolkit.penalties import L21
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import alpha_max

SIZE = 10  # of the groups
_ACTIVE, _CORRELATED, _SIGNAL = 20, 0.5, 2.0


@dataclass(frozen=True, eq=False)
class Case:
    """A problem at decreasing strengths, without an intercept.

    `data` are classes of 0 and 1, or rows of time and event.
    """

    loss: str
    strength: str
    matrix: Array
    data: Array
    alphas: Array

    def evaluate(self, coefs: Callable[[int], Array]) -> Array:
        """Return the objective at every strength."""
        evaluate = {"logistic": _logistic, "cox": _cox}[self.loss]
        values = []
        for i, alpha in enumerate(self.alphas):
            coef = coefs(i)
            norms = np.linalg.norm(coef.reshape(-1, SIZE), axis=1)
            values.append(evaluate(self.matrix @ coef, self.data) + alpha * norms.sum())
        return np.array(values)


def make_cases(
    loss: str, strengths: list[str], shape: tuple[int, int], seed: int
) -> Iterator[Case]:
    """Yield the cases of a loss: shares of the largest strength, or a path of so many."""
    rng = np.random.default_rng(seed)
    matrix, image = _make_matrix(*shape, rng)
    data = _draw_classes(image, rng) if loss == "logistic" else _draw_times(image, rng)
    ours = {"logistic": Logistic, "cox": Cox}[loss]
    largest = alpha_max(Problem(matrix, data, SIZE, loss=ours()), penalty=L21(1.0))
    for strength in strengths:
        shares = np.array([1.0])
        if strength.startswith("path"):
            shares = np.geomspace(1, 0.01, int(strength.removeprefix("path")))
        else:
            shares = np.array([float(strength)])
        yield Case(loss, strength, matrix, data, largest * shares)


def _make_matrix(n_rows: int, n_columns: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return columns correlated within their groups, in Fortran order, and an image of some."""
    shape = (n_rows, n_columns // SIZE)
    parts = rng.standard_normal((*shape, SIZE))
    parts += _CORRELATED * rng.standard_normal((*shape, 1))
    matrix = np.asfortranarray(parts.reshape(n_rows, -1))
    matrix *= np.sqrt(n_rows) / np.linalg.norm(matrix, axis=0)
    coef = np.zeros((n_columns // SIZE, SIZE))
    coef[rng.permutation(len(coef))[:_ACTIVE]] = rng.standard_normal((_ACTIVE, SIZE))
    image = matrix @ coef.ravel()
    return matrix, image * _SIGNAL / image.std()


def _draw_classes(image: Array, rng: np.random.Generator) -> Array:
    return (rng.random(image.size) < 1 / (1 + np.exp(-image))).astype(float)


def _draw_times(image: Array, rng: np.random.Generator) -> Array:
    """Return times and events, of which a third are censored."""
    times = rng.exponential(np.exp(-image))
    limits = rng.exponential(2 * np.median(times) / np.log(2), times.size)
    return np.column_stack([np.minimum(times, limits), times <= limits])


def _logistic(image: Array, classes: Array) -> float:
    return float(np.logaddexp(0, image).sum() - classes @ image)


def _cox(image: Array, survival: Array) -> float:
    """Return the negative log partial likelihood where no times are equal."""
    order = np.argsort(-survival[:, 0])
    logs = np.logaddexp.accumulate(image[order])
    return float(survival[order, 1] @ (logs - image[order]))
