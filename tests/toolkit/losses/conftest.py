"""The table of losses: the conformance tests hold every row to the same properties."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from groupsparse.toolkit.losses import (
    Cox,
    DataTerm,
    Huber,
    Logistic,
    Loss,
    Multinomial,
    Poisson,
    Squared,
)

N = 9


@dataclass(frozen=True)
class Row:
    """A loss, its data, and what holds for it."""

    loss: Loss
    data: Callable[[np.random.Generator], object]
    is_complex: bool = False

    def read(self) -> np.ndarray:
        return self.loss.read_data(self.data(np.random.default_rng(5)))

    def bind(self, weights: np.ndarray | None = None, offset: np.ndarray | None = None) -> DataTerm:
        return self.loss.bind(self.read(), weights, offset)

    def draw_image(self, rng: np.random.Generator, scale: float = 1.0) -> np.ndarray:
        shape = self.read().shape
        image = rng.standard_normal(shape)
        if self.is_complex:
            image = image + 1j * rng.standard_normal(shape)
        return scale * image

    def draw_weights(self, rng: np.random.Generator) -> np.ndarray:
        """Weights with a zero."""
        weights = rng.random(self.read().shape) + 0.3
        weights[2] = 0.0
        return weights

    def draw_offset(self, rng: np.random.Generator) -> np.ndarray:
        return rng.standard_normal(self.read().shape)


def draw_classes(rng: np.random.Generator) -> np.ndarray:
    return rng.permutation(np.arange(N) % 2)


def draw_survival(rng: np.random.Generator, times: np.ndarray) -> np.ndarray:
    return np.stack([times, rng.random(N) < 0.7], axis=1)


ROWS: dict[str, Row] = {
    "squared": Row(Squared(), lambda rng: rng.standard_normal(N)),
    "squared, complex": Row(
        Squared(), lambda rng: rng.standard_normal(N) + 1j * rng.standard_normal(N), True
    ),
    "huber": Row(Huber(), lambda rng: 2 * rng.standard_normal(N)),
    "huber, complex": Row(
        Huber(0.5, 2.0),
        lambda rng: rng.standard_normal(N) + 1j * rng.standard_normal(N),
        True,
    ),
    "huber, one scale each": Row(
        Huber(0.7, np.linspace(0.1, 2, N)), lambda rng: 2 * rng.standard_normal(N)
    ),
    "logistic": Row(Logistic(), draw_classes),
    "logistic, channels": Row(
        Logistic(), lambda rng: np.stack([draw_classes(rng), draw_classes(rng)], 1)
    ),
    "multinomial": Row(Multinomial(), lambda rng: np.arange(N) % 3),
    "multinomial, two classes": Row(Multinomial(), draw_classes),
    "multinomial, counts": Row(Multinomial(), lambda rng: rng.integers(0, 3, (N, 4))),
    "poisson": Row(Poisson(), lambda rng: rng.poisson(1.5, N)),
    "cox": Row(Cox(), lambda rng: draw_survival(rng, rng.permutation(N) + 1.0)),
    "cox, ties": Row(Cox(), lambda rng: draw_survival(rng, rng.integers(1, 4, N))),
    "cox, ties by Breslow": Row(
        Cox("breslow"), lambda rng: draw_survival(rng, rng.integers(1, 4, N))
    ),
    "cox, strata": Row(
        Cox(strata=list("abaabbaba")), lambda rng: draw_survival(rng, rng.integers(1, 4, N))
    ),
    "poisson, fractions": Row(Poisson(), lambda rng: rng.poisson(2.0, (N, 2)) / 3),
}


PLAIN_AND_WEIGHTED = [(name, False) for name in ROWS] + [
    (name, True) for name in ROWS if not ROWS[name].loss.whitens
]


@pytest.fixture(
    params=PLAIN_AND_WEIGHTED,
    ids=lambda case: case[0] + (", weights and offset" if case[1] else ""),
)
def case(request) -> tuple[Row, bool]:
    """Every row of the table, plain, and with weights and offset where the loss takes them."""
    return ROWS[request.param[0]], request.param[1]


@pytest.fixture
def row(case) -> Row:
    """The row of a case."""
    return case[0]


@pytest.fixture
def term(case) -> DataTerm:
    """The loss of a case with its data."""
    row, is_weighted = case
    rng = np.random.default_rng(7)
    if not is_weighted:
        return row.bind()
    return row.bind(row.draw_weights(rng), row.draw_offset(rng))


@pytest.fixture(params=[name for name in ROWS if not ROWS[name].loss.whitens])
def counting_row(request) -> Row:
    """Every row whose loss counts data by their weights, and adds offsets."""
    return ROWS[request.param]
