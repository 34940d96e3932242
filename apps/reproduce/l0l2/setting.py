"""The synthetic problems of the l0(l2) paper: sizes that stay, and parameters that vary."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ....datasets import GroupSparseData, make_group_sparse


@dataclass(frozen=True)
class Setting:
    """The part of (n, p, N, T, s, DR, theta, sigma) that an experiment keeps fixed.

    Attributes
    ----------
    n_rows, n_features, n_groups : int
        n, p and N; s = p / N.
    dynamic_range : float
        DR.
    sigma : float
        The noise's standard deviation.
    """

    n_rows: int
    n_features: int
    n_groups: int
    dynamic_range: float
    sigma: float

    def problem(self, *, theta: float, n_active: int, seed: int) -> GroupSparseData:
        """Make the problem of one trial.

        Parameters
        ----------
        theta : float
            Correlation inside a group.
        n_active : int
            T, the number of active groups.
        seed : int
            The trial; each number of active groups has its own matrices.

        Returns
        -------
        GroupSparseData
            The problem and its answer.

        Examples
        --------
        >>> data = Setting(20, 40, 10, 10.0, 1e-3).problem(theta=3.0, n_active=2, seed=0)
        >>> data.active_groups.size
        2
        """
        return make_group_sparse(
            self.n_rows,
            self.n_features,
            self.n_groups,
            n_active,
            dynamic_range=self.dynamic_range,
            theta=theta,
            sigma=self.sigma,
            random_state=np.random.default_rng((seed, n_active)),
        )
