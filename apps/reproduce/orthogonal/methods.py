"""The methods that the orthogonally weighted paper compares, and others, each in one row.

Each takes the problem, the norm of the noise and the number of active rows, and uses one of the
last two.
"""

from __future__ import annotations

from collections.abc import Callable

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
from ....toolkit.solvers.solver import Solver
from .phase_transition import RecoveryMethod, Solve

# The tolerance is that of the solver that the paper used. Without noise it is not reached in
# ten thousand iterations, but from five hundred on the support does not change.
_L21_TOL, _L21_MAX_ITER = 1e-4, 1000


def _stop_at_noise_level(make: Callable[..., Solver], **settings: float) -> Solve:
    """Return a method that uses the norm of the noise."""

    def solve(problem: Problem, noise_level: float, _: int) -> Solution:
        return make(noise_level=noise_level, **settings).solve(problem)

    return solve


def _stop_at_count(make: Callable[..., Solver]) -> Solve:
    """Return a method that uses the number of active rows."""

    def solve(problem: Problem, _: float, n_active: int) -> Solution:
        return make(n_groups=n_active).solve(problem)

    return solve


def _make_normalised_niht(n_groups: int) -> OrthonormalGroups:
    return OrthonormalGroups(SimultaneousNIHT(n_groups=n_groups))


def _make_pruned_ormp(n_groups: int) -> InTurn:
    return InTurn(RankAwareORMP(n_groups=n_groups + 6), LargestGroups(n_groups=n_groups))


METHODS = {
    "ow": RecoveryMethod("orthogonally weighted l2,1", _stop_at_noise_level(GammaContinuation)),
    "ra-ormp": RecoveryMethod("RA-ORMP", _stop_at_count(RankAwareORMP)),
    "sa-music": RecoveryMethod("SA-MUSIC", _stop_at_count(SubspaceAugmentedMUSIC)),
    "sniht": RecoveryMethod("SNIHT", _stop_at_count(SimultaneousNIHT)),
    "l21": RecoveryMethod(
        "constrained l2,1",
        _stop_at_noise_level(SpectralProjectedGradient, tol=_L21_TOL, max_iter=_L21_MAX_ITER),
    ),
    "sbl": RecoveryMethod("sparse Bayesian learning", _stop_at_noise_level(SparseBayesianLearning)),
    "ra-ormp-level": RecoveryMethod(
        "RA-ORMP to the noise level", _stop_at_noise_level(RankAwareORMP)
    ),
    "ra-ormp-pruned": RecoveryMethod(
        "RA-ORMP, 6 rows more, then pruned", _stop_at_count(_make_pruned_ormp)
    ),
    "sniht-unit": RecoveryMethod("SNIHT, unit columns", _stop_at_count(_make_normalised_niht)),
    "somp": RecoveryMethod("simultaneous OMP", _stop_at_count(SimultaneousOMP)),
    "cs-music": RecoveryMethod("compressive MUSIC", _stop_at_count(CompressiveMUSIC)),
    "rart": RecoveryMethod("rank-aware thresholding", _stop_at_count(RankAwareThresholding)),
    "music": RecoveryMethod("MUSIC", _stop_at_count(MUSIC)),
}
COMPARED = ("ow", "ra-ormp", "sa-music", "sniht", "l21", "sbl")
