"""Proportional hazards with few active groups of features."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from ..kinds.survival import SurvivalMixin
from ..models.group_l0 import GroupL0Model
from ..models.penalised import (
    GroupLassoModel,
    GroupMCPModel,
    GroupSCADModel,
    LatentGroupLassoModel,
    SparseGroupLassoModel,
)


@dataclass(eq=False, repr=False)
class GroupLassoSurvival(SurvivalMixin, GroupLassoModel):
    """Cox's proportional hazards with the l2,1 norm.

    The objective is the negative logarithm of the partial likelihood over the number of samples,
    plus the penalty ``alpha * sum_g w_g ||coef_g||``. Targets are a structured array with an event
    (True or False) and a time, as in scikit-survival, a DataFrame of both, or an array of time and
    event, shape (n_samples, 2). Times are positive; a single column holds times of events.

    Parameters
    ----------
    alpha : float, default 0.01
        Strength, not negative; zero = no penalty.
    groups, group_weights, warm_start, ridge, adaptive, positive, bounds, tol, max_iter
        As for `GroupLasso`.
    ties : {"breslow", "efron"}, default "breslow"
        How events at equal times count. With "breslow" a sample of weight two counts as two.

    Attributes
    ----------
    coef_ : ndarray, shape (n_features,)
        Coefficients of the logarithm of the hazard.
    intercept_ : float
        Minus the score of a sample with mean features, which makes its score zero.
    unique_times_ : ndarray, shape (n_times,)
        The times of events, increasing.
    baseline_hazard_, baseline_survival_ : ndarray, shape (n_times,)
        The cumulative hazard of score zero at these times, by Breslow's estimate, and the
        probability of no event up to each.
    active_groups_, n_iter_, dual_gap_, solution_, n_features_in_, feature_names_in_
        As for `GroupLasso`.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 12))
    >>> times = rng.exponential(np.exp(-X[:, 4:8] @ [1.0, -1.0, 1.0, 0.5]))
    >>> y = np.array([(time < 2, min(time, 2)) for time in times], "?,f8")  # until time 2
    >>> model = GroupLassoSurvival(0.3, groups=4).fit(X, y)
    >>> model.active_groups_, bool(model.score(X, y) > 0.8)
    (array([1]), True)
    """

    alpha: float = 0.01


@dataclass(eq=False, repr=False)
class SparseGroupLassoSurvival(SurvivalMixin, SparseGroupLassoModel):
    """Cox's proportional hazards with the sparse group penalty.

    Parameters and attributes are those of `GroupLassoSurvival`, and
    `l1_ratio` of `SparseGroupLasso`.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 12))
    >>> times = rng.exponential(np.exp(-X[:, 4:8] @ [1.0, -1.0, 1.0, 0.5]))
    >>> y = np.array([(time < 2, min(time, 2)) for time in times], "?,f8")  # until time 2
    >>> model = SparseGroupLassoSurvival(0.3, groups=4).fit(X, y)
    >>> model.active_groups_, bool(model.score(X, y) > 0.8)
    (array([1]), True)
    """

    alpha: float = 0.01


@dataclass(eq=False, repr=False)
class LatentGroupLassoSurvival(SurvivalMixin, LatentGroupLassoModel):
    """Cox's proportional hazards with the latent group penalty, for groups that overlap.

    Parameters and attributes are those of `GroupLassoSurvival`, and
    `groups` and `active_groups_` of `LatentGroupLasso`.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 12))
    >>> times = rng.exponential(np.exp(-X[:, 4:8] @ [1.0, -1.0, 1.0, 0.5]))
    >>> y = np.array([(time < 2, min(time, 2)) for time in times], "?,f8")  # until time 2
    >>> model = LatentGroupLassoSurvival(0.3, groups=[range(4), range(4, 8), range(6, 12)]).fit(
    ...     X, y
    ... )
    >>> model.active_groups_, bool(model.score(X, y) > 0.8)
    (array([1]), True)
    """

    alpha: float = 0.01


@dataclass(eq=False, repr=False)
class GroupMCPSurvival(SurvivalMixin, GroupMCPModel):
    """Cox's proportional hazards with the group MCP penalty, which does not shrink large groups.

    Parameters and attributes are those of `GroupLassoSurvival`, and
    `gamma` and `kkt_` of `GroupMCPRegressor`. The default `ridge` of 0.001 bounds coefficients
    of features that order all events, which the penalty does not.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 12))
    >>> times = rng.exponential(np.exp(-X[:, 4:8] @ [1.0, -1.0, 1.0, 0.5]))
    >>> y = np.array([(time < 2, min(time, 2)) for time in times], "?,f8")  # until time 2
    >>> model = GroupMCPSurvival(0.3, groups=4).fit(X, y)
    >>> model.active_groups_, bool(model.score(X, y) > 0.8)
    (array([1]), True)
    """

    alpha: float = 0.01
    _: KW_ONLY
    ridge: float = 1e-3


@dataclass(eq=False, repr=False)
class GroupSCADSurvival(SurvivalMixin, GroupSCADModel):
    """Cox's proportional hazards with the group SCAD penalty, which does not shrink large groups.

    Parameters and attributes are those of `GroupLassoSurvival`, and
    `gamma` and `kkt_` of `GroupSCADRegressor`. The default `ridge` of 0.001 bounds coefficients
    of features that order all events, which the penalty does not.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 12))
    >>> times = rng.exponential(np.exp(-X[:, 4:8] @ [1.0, -1.0, 1.0, 0.5]))
    >>> y = np.array([(time < 2, min(time, 2)) for time in times], "?,f8")  # until time 2
    >>> model = GroupSCADSurvival(0.3, groups=4).fit(X, y)
    >>> model.active_groups_, bool(model.score(X, y) > 0.8)
    (array([1]), True)
    """

    alpha: float = 0.01
    _: KW_ONLY
    ridge: float = 1e-3


@dataclass(eq=False, repr=False)
class GroupL0Survival(SurvivalMixin, GroupL0Model):
    """Cox's proportional hazards with the number of active groups as penalty.

    `alpha` is the smallest decrease of the mean loss for which a group becomes active. Parameters
    and attributes are `n_groups`, `alpha`, `ridge` and `kkt_` of `GroupL0Regressor`, and the
    others, as `ties` and `baseline_survival_`, of `GroupLassoSurvival`. The default `ridge` of
    0.001 bounds coefficients of features that order all events, which the penalty does not.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 12))
    >>> times = rng.exponential(np.exp(-X[:, 4:8] @ [1.0, -1.0, 1.0, 0.5]))
    >>> y = np.array([(time < 2, min(time, 2)) for time in times], "?,f8")  # until time 2
    >>> model = GroupL0Survival(1, groups=4).fit(X, y)
    >>> model.active_groups_, bool(model.score(X, y) > 0.8)
    (array([1]), True)
    """

    _: KW_ONLY
    ridge: float = 1e-3
