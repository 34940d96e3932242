"""Small random problems of every loss and penalty, in plain terms beside ours.

They have weights, offsets, unpenalised features and groups, excluded groups, and groups that
overlap for the latent penalty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.losses import Cox, Huber, Logistic, Loss, Multinomial, Poisson, Squared
from groupsparse.toolkit.penalties import (
    L21,
    LatentOverlap,
    Penalty,
    SparseGroup,
    WithBounds,
    WithRidge,
)
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.selection import alpha_max

LOSSES = (
    "squared", "huber", "logistic", "multinomial", "poisson", "cox breslow", "cox efron",
    "cox strata",
)  # fmt: skip
PENALTIES = (
    "l21", "l21 + ridge", "sparse group", "sparse group + ridge", "latent overlap",
    "latent overlap + ridge", "l21 + bounds", "sparse group + bounds", "l21 + bounds + ridge",
)  # fmt: skip
_N_CLASSES = 3


@dataclass(frozen=True)
class Case:
    """A random problem: members are columns of `matrix`, one array for each group."""

    problem: Problem
    penalty: Penalty
    matrix: np.ndarray
    data: np.ndarray
    counts: np.ndarray  # squared weights
    offset: np.ndarray
    members: list[np.ndarray]
    weights: np.ndarray  # of groups
    feature_weights: np.ndarray
    l1_ratio: float
    ridge: float
    lower: float
    upper: float

    @property
    def loss(self) -> Loss:
        """The loss."""
        return self.problem.loss

    @property
    def uncovered(self) -> np.ndarray:
        """The columns that are in no group."""
        return np.setdiff1d(np.arange(self.matrix.shape[1]), np.concatenate(self.members))


def draw_case(loss: str, penalty: str, seed: int) -> Case:
    """Return a random problem of a loss and a penalty, by their names."""
    rng = np.random.default_rng((LOSSES.index(loss), PENALTIES.index(penalty), seed))
    n_rows, n_columns = int(rng.integers(24, 40)), int(rng.integers(6, 12))
    matrix = rng.standard_normal((n_rows, n_columns)) * rng.uniform(0.5, 1.5, n_columns)
    members = _draw_members(rng, n_columns, overlapping=penalty.startswith("latent"))
    sizes = np.array([group.size for group in members])
    groups = Groups(np.append(0, np.cumsum(sizes)), np.concatenate(members), n_columns)
    n_classes = _N_CLASSES if loss == "multinomial" else 1
    coef = rng.standard_normal((n_columns, n_classes))
    coef[np.concatenate(members[1::2] or members)] = 0
    image = matrix @ coef
    kind, data = _draw_data(rng, loss, image if n_classes > 1 else image[:, 0])
    weights = rng.uniform(0.4, 1.5, n_rows) if rng.random() < 0.6 else np.ones(n_rows)
    if rng.random() < 0.3:
        weights[rng.integers(n_rows // 2)] = 0
    offset = 0.5 * rng.standard_normal(image.shape if n_classes > 1 else n_rows)
    offset *= rng.random() < 0.6
    shaped = weights[:, None] if n_classes > 1 else weights
    problem = Problem(matrix, data, groups, loss=kind, weights=shaped, offset=offset)
    passed, numbers = _draw_group_weights(rng, sizes * n_classes)
    l1_ratio = float(rng.choice([1, rng.random(), rng.random()])) if "sparse" in penalty else 0.0
    features = np.ones(n_columns)
    if "sparse" in penalty and rng.random() < 0.6:
        features = rng.uniform(0.3, 2, n_columns)
    low, high = _draw_bounds(rng) if "bounds" in penalty else (-np.inf, np.inf)
    ridge = float(10 ** rng.uniform(-2, 0.5)) if "ridge" in penalty else 0.0
    made: Penalty = L21(1.0, passed)
    if "sparse" in penalty:
        made = SparseGroup(1.0, l1_ratio, passed, features)
    if "latent" in penalty:
        made = LatentOverlap(1.0, passed)
    largest = alpha_max(problem, penalty=made)
    made = made.with_alpha(largest * float(10 ** rng.uniform(-1.5, -0.1)))
    if "bounds" in penalty:
        made = WithBounds(made, low, high)
    if ridge:
        made = WithRidge(made, ridge)
    return Case(
        problem, made, matrix, np.asarray(data), np.square(weights), offset, members, numbers,
        features, l1_ratio, ridge, low, high,
    )  # fmt: skip


def _draw_members(
    rng: np.random.Generator, n_columns: int, *, overlapping: bool
) -> list[np.ndarray]:
    """Return groups of unequal size; sometimes one column is in none."""
    columns = rng.permutation(n_columns)[: n_columns - int(rng.integers(2))]
    n_groups = int(rng.integers(2, columns.size))
    cuts = np.sort(rng.choice(np.arange(1, columns.size), n_groups - 1, replace=False))
    members = np.split(columns, cuts)
    if overlapping:
        more = [rng.choice(columns, rng.integers(3)) for _ in members]
        members = [np.union1d(*pair) for pair in zip(members, more, strict=True)]
    return [np.sort(group) for group in members]


def _draw_group_weights(rng: np.random.Generator, sizes: np.ndarray) -> tuple[Any, np.ndarray]:
    """Return group weights as users pass them, and their values."""
    kind = rng.choice(["none", "sqrt", "given"])
    if kind == "none":
        return None, np.ones(sizes.size)
    if kind == "sqrt":
        return "sqrt", np.sqrt(sizes)
    weights = rng.uniform(0.3, 2, sizes.size)
    weights[0] = rng.choice([weights[0], 0, np.inf]) if sizes[0] < 6 else weights[0]
    return weights, weights


def _draw_bounds(rng: np.random.Generator) -> tuple[float, float]:
    boxes = [(0.0, np.inf), (-0.2, 0.3), (-np.inf, 0.1), (0.0, 0.2)]
    return boxes[int(rng.integers(len(boxes)))]


def _draw_data(rng: np.random.Generator, loss: str, image: np.ndarray) -> tuple[Loss, np.ndarray]:
    """Return a loss and data that follow an image, with noise that keeps classes apart from it."""
    n = len(image)
    if loss == "squared":
        return Squared(), image + 0.3 * rng.standard_normal(n)
    if loss == "huber":
        spikes = rng.standard_normal(n) * np.where(rng.random(n) < 0.2, 10, 0.3)
        return Huber(threshold=1.0, scale=0.5), image + spikes
    noisy = image / 2 + 0.3 * rng.standard_normal(image.shape)
    if loss == "logistic":
        data = (rng.random(n) < 1 / (1 + np.exp(-noisy))).astype(float)
        data[-2:] = 0, 1
        return Logistic(), data
    if loss == "multinomial":
        data = np.argmax(noisy + rng.gumbel(size=image.shape), axis=1)
        data[-_N_CLASSES:] = np.arange(_N_CLASSES)
        return Multinomial(), data
    if loss == "poisson":
        data = rng.poisson(np.exp(np.minimum(noisy, 2))).astype(float)
        data[-1] += 1
        return Poisson(), data
    times = np.ceil(8 * rng.exponential(np.exp(-noisy / 2)) + 0.5)
    times = np.where(rng.random(n) < 0.7, times, -times)
    times[-3:] = np.abs(times[-3:])
    strata = rng.integers(0, 2, n) if loss == "cox strata" else None
    return Cox("breslow" if loss == "cox breslow" else "efron", strata), times
