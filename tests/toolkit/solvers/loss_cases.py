"""Random problems of every loss, with an intercept, weights and offsets."""

from __future__ import annotations

import numpy as np

from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.losses import Cox, Huber, Logistic, Multinomial, Poisson
from groupsparse.toolkit.penalties import L21, LatentOverlap, SparseGroup, WithRidge
from groupsparse.toolkit.problem import Problem

N_ROWS, N_COLUMNS = 40, 15


def _draw_classes(image, rng):
    return (rng.random(len(image)) < 1 / (1 + np.exp(-image[:, 0]))).astype(float)


def _draw_counts(image, rng):
    return rng.poisson(np.exp(image[:, 0])).astype(float)


def _draw_outliers(image, rng):
    return image[:, 0] + rng.standard_t(1.5, len(image))


def _draw_labels(image, rng):
    return np.eye(image.shape[1])[np.argmax(image + rng.gumbel(size=image.shape), axis=1)]


def _draw_times(image, rng):
    times = np.ceil(4 * rng.exponential(np.exp(-image[:, 0])))  # with ties
    return np.where(rng.random(len(image)) < 0.7, times, -times)


LOSSES = {
    "logistic": (Logistic(), _draw_classes),
    "poisson": (Poisson(), _draw_counts),
    "huber": (Huber(), _draw_outliers),
    "multinomial": (Multinomial(), _draw_labels),
    "cox, breslow": (Cox("breslow"), _draw_times),
    "cox, efron": (Cox("efron", np.arange(N_ROWS) % 2), _draw_times),
}

PENALTIES = {
    "l21": lambda alpha: L21(alpha, "sqrt"),
    "sparse group": lambda alpha: SparseGroup(alpha, 0.4),
    "latent overlap": LatentOverlap,
    "ridge": lambda alpha: WithRidge(L21(alpha), 0.3),
}


def make_groups(penalty: str, intercept: bool) -> Groups:
    """Return groups of three columns, of which latent ones share some; the first may be free."""
    first = int(intercept)
    starts = range(first, N_COLUMNS - 2, 2 if penalty == "latent overlap" else 3)
    lists = [np.arange(start, start + 3) for start in starts]
    covered = lists[-1][-1] + 1
    if covered < N_COLUMNS:
        lists.append(np.arange(covered, N_COLUMNS))
    sizes = [len(members) for members in lists]
    return Groups(np.cumsum([0, *sizes]), np.concatenate(lists), N_COLUMNS)


def make_arrays(name: str, *, intercept=False, weighted=False, dtype="float64", seed=0):
    """Return matrix, data, weights and offset; with an intercept the first column are ones.

    Cox's loss does not see an intercept: there it is any column.
    """
    rng = np.random.default_rng(seed)
    matrix = rng.standard_normal((N_ROWS, N_COLUMNS))
    if intercept and "cox" not in name:
        matrix[:, 0] = 1
    coef = np.zeros((N_COLUMNS, 3))
    coef[:5] = rng.standard_normal((5, 3)) / 2
    data = LOSSES[name][1](matrix @ coef, rng)
    weights = offset = None
    if weighted:
        weights = rng.uniform(0.5, 1.5, (N_ROWS, 1)[: data.ndim])
        offset = 0.3 * rng.standard_normal(data.shape)
    return matrix.astype(dtype), data.astype(dtype), weights, offset


def make_problem(name: str, groups: Groups, **settings) -> Problem:
    """Return a problem of the loss of this name."""
    matrix, data, weights, offset = make_arrays(name, **settings)
    loss = LOSSES[name][0]
    return Problem(matrix, data, groups, loss=loss, weights=weights, offset=offset)
