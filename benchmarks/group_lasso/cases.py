"""The problems ``min 1/2 ||A x - y||^2 + alpha * sum_g ||x_g||``, at one alpha or several."""

from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from groupsparse.datasets import make_group_sparse
from groupsparse.datasets.synthetic import GroupSparseData
from groupsparse.toolkit.arrays import Array
from groupsparse.toolkit.selection import alpha_max

from ..arguments import split_names

PATH = "path"
_PATH_LENGTH = 100
_PATH_END = 0.01


@dataclass(frozen=True, eq=False)
class Case:
    """A problem at one strength, or along the path.

    Attributes
    ----------
    problem, strength : str
        As on the command line.
    A_fortran, A_c : ndarray, shape (n, p)
        The matrix in both orders.
    y : ndarray, shape (n,)
        The data.
    size : int
        Features in a group.
    largest : float
        The smallest alpha whose solution is zero.
    alphas : ndarray
        Decreasing.
    """

    problem: str
    strength: str
    A_fortran: Array
    A_c: Array
    y: Array
    size: int
    largest: float
    alphas: Array

    def objective(self, coef: Array, alpha: float) -> float:
        """Return the objective, at a cost proportional to the support."""
        support = np.flatnonzero(coef)
        residual = self.y - self.A_fortran[:, support] @ coef[support]
        return float(residual @ residual / 2 + alpha * self._norms(coef).sum())

    def n_active(self, coef: Array) -> int:
        """Return the number of nonzero groups."""
        return int(np.count_nonzero(self._norms(coef)))

    def _norms(self, coef: Array) -> Array:
        norms: Array = np.linalg.norm(coef.reshape(-1, self.size), axis=1)
        return norms


def _make_n100_p200() -> GroupSparseData:
    return make_group_sparse(100, 200, 50, 5, random_state=0)


def _make_n1000_p2000() -> GroupSparseData:
    return make_group_sparse(1000, 2000, 200, 20, theta=0.5, sigma=1e-2, random_state=0)


def _make_n2000_p10000() -> GroupSparseData:
    return make_group_sparse(
        2000, 10000, 2500, 150, dynamic_range=100, theta=1.0, sigma=1e-2, random_state=0
    )


# The first is for quick trials and does not run by default.
PROBLEMS: dict[str, Callable[[], GroupSparseData]] = {
    "n100-p200": _make_n100_p200,
    "n1000-p2000": _make_n1000_p2000,
    "n2000-p10000": _make_n2000_p10000,
}


def make_cases(problem: str, strengths: list[str]) -> list[Case]:
    """Make a problem's data once, and one case for each strength."""
    data = PROBLEMS[problem]()
    A = data.problem.operator.values
    A_fortran, A_c = np.asfortranarray(A), np.ascontiguousarray(A)
    size = A.shape[1] // data.problem.groups.n_groups
    largest = alpha_max(data.problem)
    return [
        Case(problem, strength, A_fortran, A_c, data.problem.data, size, largest, alphas)
        for strength in strengths
        for alphas in [largest * _list_fractions(strength)]
    ]


def parse_strengths(text: str) -> list[str]:
    """Return the strengths of a comma-separated list."""
    strengths = split_names(text)
    for strength in strengths:
        if strength != PATH and not _is_fraction(strength):
            raise ArgumentTypeError(
                f'a strength is a number above 0 and below 1, or "{PATH}"; got {strength!r}'
            )
    return strengths


def _is_fraction(text: str) -> bool:
    try:
        return 0 < float(text) < 1
    except ValueError:
        return False


def _list_fractions(strength: str) -> Array:
    if strength == PATH:
        return np.geomspace(1, _PATH_END, _PATH_LENGTH)
    return np.array([float(strength)])
