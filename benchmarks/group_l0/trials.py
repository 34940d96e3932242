"""The problems (n, p, N, T, s, DR, theta, sigma) of Jiao, Jin and Lu."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from groupsparse.datasets import make_group_sparse
from groupsparse.datasets.synthetic import GroupSparseData
from groupsparse.toolkit.arrays import Array
from groupsparse.toolkit.penalties import L21
from groupsparse.toolkit.selection import AlongPath, Discrepancy
from groupsparse.toolkit.solvers import BlockCoordinateDescent


class Setting(NamedTuple):
    """The settings of a problem except T, and the methods that run on it by default."""

    name: str
    n_rows: int
    n_features: int
    n_groups: int
    dynamic_range: float
    theta: float
    sigma: float
    n_active: tuple[int, ...]
    n_seeds: int
    methods: tuple[str, ...] | None

    def trial(self, n_active: int, seed: int) -> Trial:
        """Return one problem."""
        return Trial(
            make_group_sparse(
                self.n_rows,
                self.n_features,
                self.n_groups,
                n_active,
                dynamic_range=self.dynamic_range,
                theta=self.theta,
                sigma=self.sigma,
                random_state=seed,
            )
        )


@dataclass(frozen=True, eq=False)
class Trial:
    """A problem with its answer, in the forms that several methods need."""

    data: GroupSparseData

    @property
    def matrix(self) -> Array:
        """The matrix in C order."""
        return self.data.problem.operator.values

    @cached_property
    def fortran(self) -> Array:
        """The matrix in Fortran order, which the rivals prefer."""
        return np.asfortranarray(self.matrix)

    @property
    def y(self) -> Array:
        """The data."""
        return self.data.problem.data

    @property
    def n_groups(self) -> int:
        """The number of groups."""
        return self.data.problem.groups.n_groups

    @property
    def size(self) -> int:
        """The number of features in a group."""
        return self.matrix.shape[1] // self.n_groups

    @cached_property
    def strength(self) -> float:
        """The group lasso's alpha at which its residual first reaches the noise level."""
        return make_group_lasso_path(self.data.noise_level).solve(self.data.problem).alpha

    def norms(self, coef: Array) -> Array:
        """Return the norm of each group of coefficients."""
        norms: Array = np.linalg.norm(coef.reshape(-1, self.size), axis=1)
        return norms


def make_group_lasso_path(noise_level: float) -> AlongPath:
    """Return our solver for the group lasso whose residual reaches the noise level."""
    descent = BlockCoordinateDescent(L21(1.0), tol=1e-4)
    return AlongPath(descent, Discrepancy(noise_level), n_alphas=100, ratio=1e-6)
