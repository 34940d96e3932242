"""MUSIC: the rows whose columns lie in the signal space of the data.

Where X has s non-zero rows and rank s, the signal space of ``Y = A X`` is spanned by
the columns of A in the support, and no other column lies in it. With an orthonormal
basis U of it, row n is active if ``||(I - U U^H) a_n|| / ||a_n||`` is small (Feng and
Bresler, "Spectrum-blind minimum-rate sampling and reconstruction of multiband
signals", 1996). Known rows J augment the signal space by their columns, and the
others are compared after projection off these: rank s - |J| is then enough (Lee,
Bresler and Junge, 2012; Wen, Hou and Jiao, "Joint sparse recovery with
semisupervised MUSIC", 2017). Cost: one singular value decomposition of the data,
one product with the adjoint for each direction of the signal space, and the norms of
all columns.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...arrays import Array
from ...reformulations.projected_groups import ProjectedGroups
from ..least_squares.growing_fit import GreedyFit
from .subspace_solver import SubspaceSolver


@dataclass(frozen=True)
class MUSIC(SubspaceSolver):
    """Multiple signal classification (MUSIC): find active rows from the signal subspace.

    Parameters
    ----------
    noise_level : float, optional
        The norm of the noise: stop when the residual is not above it.
    n_groups : int, optional
        Stop when this many groups are active, known ones included. Without
        either stop: the known ones and as many as the rank.
    callback : callable, optional
        Called with a `Progress` after each group; a true result stops.
    rank : int, optional
        The rank of what is not noise; estimated from `noise_level` or from
        the singular values of the data by default.

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    See Also
    --------
    groupsparse.toolkit.solvers.SubspaceAugmentedMUSIC :
        Where the rank is smaller than the number of rows.

    Notes
    -----
    The groups that are not zero in `start` are known to be active and fitted first. The
    solution has ``alpha = 0``, the objective ``1/2 ||A x - y||^2`` and a certificate of the
    normal equations; `history` holds, per group: "group", "n_active", "residual_norm".

    A group of several features counts with the mean squared cosine of the
    principal angles between its columns and the signal space.

    Examples
    --------
    >>> from groupsparse.datasets import make_joint_sparse
    >>> data = make_joint_sparse(20, 50, n_active=6, rank=6, random_state=0)
    >>> bool((MUSIC().solve(data.problem).active_groups == data.active_groups).all())
    True
    """

    def _score(self, fit: GreedyFit, vectors: Array) -> Array:
        groups = ProjectedGroups(fit.view)
        if fit.qr.size:
            groups.take_out(groups.correlations(fit.qr.vectors))
        shares: Array = groups.find_explained(groups.correlations(vectors)) / fit.view.groups.sizes
        return shares
