"""The methods that the orthogonally weighted paper compares, and others, each in one row.

Each is given the problem, the norm of the noise and the number of active rows,
and uses of the last two what its kind needs.
"""

from __future__ import annotations

from ...toolkit.problem import Problem
from ...toolkit.solution import Solution
from ...toolkit.solvers import SpectralProjectedGradient
from .phase_transition import Method

# The tolerance is that of the solver that the paper used. Without noise it is not reached in
# ten thousand iterations, but from five hundred on the support does not change.
_L21_TOL, _L21_MAX_ITER = 1e-4, 1000


def _orthogonally_weighted(problem: Problem, noise_level: float, _: int) -> Solution:
    from ...toolkit.solvers.gamma_continuation import GammaContinuation

    return GammaContinuation(noise_level=noise_level).solve(problem)


def _rank_aware_ormp(problem: Problem, _: float, n_active: int) -> Solution:
    from ...toolkit.solvers.rank_aware_ormp import RankAwareORMP

    return RankAwareORMP(n_groups=n_active).solve(problem)


def _augmented_music(problem: Problem, _: float, n_active: int) -> Solution:
    from ...toolkit.solvers.subspace_augmented_music import SubspaceAugmentedMUSIC

    return SubspaceAugmentedMUSIC(n_groups=n_active).solve(problem)


def _simultaneous_niht(problem: Problem, _: float, n_active: int) -> Solution:
    from ...toolkit.solvers.simultaneous_niht import SimultaneousNIHT

    return SimultaneousNIHT(n_groups=n_active).solve(problem)


def _constrained_l21(problem: Problem, noise_level: float, _: int) -> Solution:
    solver = SpectralProjectedGradient(
        noise_level=noise_level, tol=_L21_TOL, max_iter=_L21_MAX_ITER
    )
    return solver.solve(problem)


def _simultaneous_omp(problem: Problem, _: float, n_active: int) -> Solution:
    from ...toolkit.solvers.simultaneous_omp import SimultaneousOMP

    return SimultaneousOMP(n_groups=n_active).solve(problem)


METHODS = {
    "ow": Method("orthogonally weighted l2,1", _orthogonally_weighted),
    "ra-ormp": Method("RA-ORMP", _rank_aware_ormp),
    "sa-music": Method("SA-MUSIC", _augmented_music),
    "sniht": Method("SNIHT", _simultaneous_niht),
    "l21": Method("constrained l2,1", _constrained_l21),
    "somp": Method("simultaneous OMP", _simultaneous_omp),
}
COMPARED = ("ow", "ra-ormp", "sa-music", "sniht", "l21")
