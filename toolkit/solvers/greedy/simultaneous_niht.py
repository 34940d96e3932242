"""Simultaneous normalised iterative hard thresholding: gradient steps, and s rows kept.

From ``X = 0``, with T the groups active at present, R the residual and ``G = A^H R``:

    X <- H_s(X + omega mu G),   mu = ||G_T||^2 / ||A_T G_T||^2,

where H_s keeps the s groups of largest norm (Blanchard, Cermak, Hanle and Jing,
"Greedy algorithms for joint sparse recovery", 2014, algorithm SNIHT, which has
omega = 1). Its mu minimises the misfit along the gradient on T; such steps zigzag,
and the support is caught in a cycle. A step shorter by a constant omega does not
zigzag (Raydan and Svaiter, "Relaxed steepest descent and Cauchy-Barzilai-Borwein
method", 2002), and finds the support far more often. Cost per iteration: one product
with the adjoint and two with s columns, for every channel.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...arrays import Array
from ...checks import check_count, check_not_negative
from ...problem import Problem
from ...reformulations.feature_view import FeatureView
from ...solution import Solution
from ..counting_solver import CountingSolver, check_stops
from .hard_thresholding import HardThresholding
from .smallest_count import smallest_count


@dataclass(frozen=True)
class SimultaneousNIHT(CountingSolver):
    """Normalised iterative hard thresholding of whole groups, with relaxed steps.

    Parameters
    ----------
    noise_level : float, optional
        The norm of the noise: as few groups become active as leave a residual
        not above it.
    n_groups : int, optional
        s, the number of active groups; with `noise_level`, the largest one.
        One of the two is needed.
    relaxation : float, default 0.75
        omega, the part of the step that is taken; published with 1.
    refit : bool, default True
        Whether the data are fitted by least squares on the groups found.
    max_iter : int, default 1000
        The largest number of iterations for one number of groups.
    tol : float, default 1e-6
        Stop when an iteration changes the residual's norm by less than this
        part of that of the data.
    callback : callable, optional
        Called with a `Progress` after each iteration; a true result stops.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or neither stop is given.

    Notes
    -----
    Groups are compared in the columns as given, as published. Where norms of
    columns differ, ``OrthonormalGroups(SimultaneousNIHT(...))`` recovers more.

    Of all iterates the one with the smallest residual is returned.

    Examples
    --------
    >>> from groupsparse.datasets import make_joint_sparse
    >>> data = make_joint_sparse(30, 50, n_active=10, rank=6, random_state=0)
    >>> solution = SimultaneousNIHT(n_groups=10).solve(data.problem)
    >>> bool((solution.active_groups == data.active_groups).all())
    True
    """

    relaxation: float = 0.75
    refit: bool = True
    max_iter: int = 1000
    tol: float = 1e-6

    def __post_init__(self) -> None:
        check_stops(self.noise_level, self.n_groups)
        if not 0 < self.relaxation < 2:
            raise ValueError(f"relaxation must be between 0 and 2, got {self.relaxation!r}")
        check_count("max_iter", self.max_iter)
        check_not_negative("tol", self.tol)

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Take gradient steps and keep the largest groups until the residual settles.

        Parameters
        ----------
        problem : Problem
            Operator, data, disjoint groups.
        start : ndarray, optional
            Coefficients to start from, whose non-zero groups are known to be
            active: they are always kept, and counted in `n_groups`.

        Returns
        -------
        Solution
            With ``alpha = 0`` and the objective ``1/2 ||A x - y||^2``. `history`
            holds, per iteration with the number of groups returned:
            "residual_norm", "n_changed", the number of groups that joined.

        Raises
        ------
        ValueError
            If groups overlap, fewer exist than `n_groups`, or `start` cannot
            be coefficients of the problem.
        """
        view = FeatureView.of(problem, rotate=True)
        run = HardThresholding(self, view, start)
        if self.noise_level is None:
            assert self.n_groups is not None
            return run.solved(self.n_groups)
        most = self.n_groups or min(problem.groups.n_groups, view.data.shape[1])
        least = min(most, run.n_known)
        solution = smallest_count(run.solved, self.noise_level, least, most)
        run.report(solution.residual_norm, solution.active_groups.size, 1.0)
        return solution
