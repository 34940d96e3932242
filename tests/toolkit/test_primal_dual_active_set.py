"""GPDASC against the paper's algorithm written out, exhaustive search, and hard cases."""

import numpy as np
import pytest
from scipy.linalg import sqrtm
from scipy.sparse.linalg import aslinearoperator

from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solution import Status
from groupsparse.toolkit.solvers import PrimalDualActiveSet
from groupsparse.toolkit.testing import random_array


def gpdasc(matrix, data, groups, noise_level, rho=0.7, max_inner=5):
    """Algorithm 1 of Jiao, Jin and Lu, line by line; `data` has shape (n, K)."""
    roots = [sqrtm(matrix[:, g].conj().T @ matrix[:, g]) for g in groups]
    alpha = np.linalg.norm(data) ** 2 / 2
    x = np.zeros((matrix.shape[1], data.shape[1]), matrix.dtype)
    dual, active = matrix.conj().T @ data, []
    while np.linalg.norm(matrix @ x - data) > noise_level:
        alpha *= rho
        for _ in range(max_inner):
            evidence = [
                np.linalg.norm(root @ x[g] + np.linalg.solve(root, dual[g]))
                for root, g in zip(roots, groups, strict=True)
            ]
            previous, active = active, [i for i, e in enumerate(evidence) if e**2 / 2 > alpha]
            if active == previous:
                break
            x = np.zeros_like(x)
            if active:
                columns = np.concatenate([groups[i] for i in active])
                x[columns] = np.linalg.lstsq(matrix[:, columns], data)[0]
            dual = matrix.conj().T @ (data - matrix @ x)
    return x, active, alpha


def random_problem(dtype, sizes, theta, n_channels, n_active, seed):
    """Return matrix, groups, data (n, K) and the norm of the noise."""
    rng = np.random.default_rng(seed)
    matrix = random_array((70, sum(sizes)), dtype, rng)
    groups = np.split(np.arange(sum(sizes)), np.cumsum(sizes)[:-1])
    for group in groups:
        for j in group[1:-1]:
            matrix[:, j] += theta * (matrix[:, j - 1] + matrix[:, j + 1])
    matrix /= np.linalg.norm(matrix, axis=0)
    x = np.zeros((sum(sizes), n_channels), dtype)
    for g in rng.choice(len(groups), n_active, replace=False):
        x[groups[g]] = random_array((len(groups[g]), n_channels), dtype, rng)
    noise = 0.01 * random_array((70, n_channels), dtype, rng)
    return matrix, groups, matrix @ x + noise, np.linalg.norm(noise)


@pytest.mark.parametrize("n_active", [3, 8])
@pytest.mark.parametrize("theta", [0, 3])
@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("sizes", [[4] * 30, [1, 2, 3, 5] * 10, [1] * 100], ids=["4", "1-5", "1"])
@pytest.mark.parametrize("dtype", ["float64", "complex128"])
def test_agrees_with_the_algorithm_of_the_paper(dtype, sizes, n_channels, theta, n_active):
    labels = np.repeat(np.arange(len(sizes)), sizes)
    for seed in range(2):
        matrix, groups, data, noise_level = random_problem(
            dtype, sizes, theta, n_channels, n_active, seed
        )
        expected, active, alpha = gpdasc(matrix, data, groups, noise_level)
        given = data if n_channels > 1 else data[:, 0]
        for operator in (matrix, aslinearoperator(matrix)):
            problem = Problem(operator, given, labels)
            solution = PrimalDualActiveSet(noise_level=noise_level).solve(problem)
            assert solution.status is Status.CONVERGED
            assert solution.active_groups.tolist() == active
            assert solution.alpha == pytest.approx(alpha, rel=1e-10)
            np.testing.assert_allclose(
                solution.coef.reshape(expected.shape), expected, atol=1e-8, rtol=1e-8
            )
