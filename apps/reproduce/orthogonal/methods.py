"""The methods that the orthogonally weighted paper compares, and others, each in one row.

Each is given the problem, the norm of the noise and the number of active rows,
and uses of the last two what its kind needs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ....toolkit.problem import Problem
from ....toolkit.solution import Solution
from ....toolkit.solvers import (
    MUSIC,
    CompressiveMUSIC,
    GammaContinuation,
    InTurn,
    LargestGroups,
    OrthonormalGroups,
    RankAwareORMP,
    RankAwareThresholding,
    SimultaneousNIHT,
    SimultaneousOMP,
    SparseBayesianLearning,
    SpectralProjectedGradient,
    SubspaceAugmentedMUSIC,
)
from .phase_transition import Method

# The tolerance is that of the solver that the paper used. Without noise it is not reached in
# ten thousand iterations, but from five hundred on the support does not change.
_L21_TOL, _L21_MAX_ITER = 1e-4, 1000


def _of_noise_level(make: Callable[..., Any], **settings: Any) -> Callable[..., Solution]:
    """Return a method that is told the norm of the noise."""

    def solve(problem: Problem, noise_level: float, _: int) -> Solution:
        solution: Solution = make(noise_level=noise_level, **settings).solve(problem)
        return solution

    return solve


def _of_count(make: Callable[..., Any]) -> Callable[..., Solution]:
    """Return a method that is told the number of active rows."""

    def solve(problem: Problem, _: float, n_active: int) -> Solution:
        solution: Solution = make(n_groups=n_active).solve(problem)
        return solution

    return solve


def _normalised_niht(n_groups: int) -> OrthonormalGroups:
    return OrthonormalGroups(SimultaneousNIHT(n_groups=n_groups))


def _pruned_ormp(n_groups: int) -> InTurn:
    return InTurn(RankAwareORMP(n_groups=n_groups + 6), LargestGroups(n_groups=n_groups))


METHODS = {
    "ow": Method("orthogonally weighted l2,1", _of_noise_level(GammaContinuation)),
    "ra-ormp": Method("RA-ORMP", _of_count(RankAwareORMP)),
    "sa-music": Method("SA-MUSIC", _of_count(SubspaceAugmentedMUSIC)),
    "sniht": Method("SNIHT", _of_count(SimultaneousNIHT)),
    "l21": Method(
        "constrained l2,1",
        _of_noise_level(SpectralProjectedGradient, tol=_L21_TOL, max_iter=_L21_MAX_ITER),
    ),
    "sbl": Method("sparse Bayesian learning", _of_noise_level(SparseBayesianLearning)),
    "ra-ormp-level": Method("RA-ORMP to the noise level", _of_noise_level(RankAwareORMP)),
    "ra-ormp-pruned": Method("RA-ORMP, 6 rows more, then pruned", _of_count(_pruned_ormp)),
    "sniht-unit": Method("SNIHT, unit columns", _of_count(_normalised_niht)),
    "somp": Method("simultaneous OMP", _of_count(SimultaneousOMP)),
    "cs-music": Method("compressive MUSIC", _of_count(CompressiveMUSIC)),
    "rart": Method("rank-aware thresholding", _of_count(RankAwareThresholding)),
    "music": Method("MUSIC", _of_count(MUSIC)),
}
COMPARED = ("ow", "ra-ormp", "sa-music", "sniht", "l21", "sbl")
