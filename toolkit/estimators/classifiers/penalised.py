"""Classifiers with few active groups of features."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass

from ..kinds.classification import ClassificationMixin
from ..models.group_l0 import GroupL0Model
from ..models.penalised import (
    GroupLassoModel,
    GroupMCPModel,
    GroupSCADModel,
    LatentGroupLassoModel,
    SparseGroupLassoModel,
)


@dataclass(eq=False, repr=False)
class GroupLassoClassifier(ClassificationMixin, GroupLassoModel):
    """Logistic regression with the l2,1 norm.

    For two classes the objective is the mean of ``log(1 + exp(-s_i (x_i coef + intercept)))`` with
    signs ``s_i`` of the classes, plus the penalty ``alpha * sum_g w_g ||coef_g||`` (Meier, van de
    Geer and Buehlmann, 2008). For more classes it is that of multinomial regression, and a group
    holds its features' coefficients for all classes.

    Parameters
    ----------
    alpha : float, default 0.01
        Strength, not negative; zero = no penalty.
    groups, group_weights, fit_intercept, warm_start, ridge, adaptive, positive, bounds
        As for `GroupLasso`.
    tol, max_iter
        As for `GroupLasso`.
    class_weight : None, "balanced" or dict, optional
        Weights of classes, by their labels: they multiply those of samples. "balanced" gives all
        classes the same sum of weights.

    Attributes
    ----------
    classes_ : ndarray, shape (n_classes,)
        The labels.
    coef_ : ndarray, shape (1, n_features) or (n_classes, n_features)
        Coefficients, of the logarithm of the odds of ``classes_[1]`` for two classes.
    intercept_ : ndarray, shape (1,) or (n_classes,)
        Intercepts, of sum zero for more than two classes.
    active_groups_, n_iter_, dual_gap_, solution_, n_features_in_, feature_names_in_
        As for `GroupLasso`.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 12))
    >>> odds = X[:, 4:8] @ [1.0, -2.0, 3.0, 1.0]
    >>> y = np.where(odds + rng.logistic(size=100) > 0, "sick", "well")
    >>> model = GroupLassoClassifier(0.2, groups=4).fit(X, y)
    >>> model.active_groups_, model.predict_proba(X).shape
    (array([1]), (100, 2))
    """

    alpha: float = 0.01


@dataclass(eq=False, repr=False)
class SparseGroupLassoClassifier(ClassificationMixin, SparseGroupLassoModel):
    """Logistic regression with the sparse group penalty.

    Parameters and attributes are those of `GroupLassoClassifier`, and
    `l1_ratio` of `SparseGroupLasso`.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 12))
    >>> odds = X[:, 4:8] @ [1.0, -2.0, 3.0, 1.0]
    >>> y = np.where(odds + rng.logistic(size=100) > 0, "sick", "well")
    >>> model = SparseGroupLassoClassifier(0.2, groups=4).fit(X, y)
    >>> model.active_groups_, model.predict_proba(X).shape
    (array([1]), (100, 2))
    """

    alpha: float = 0.01


@dataclass(eq=False, repr=False)
class LatentGroupLassoClassifier(ClassificationMixin, LatentGroupLassoModel):
    """Logistic regression with the latent group penalty, for groups that overlap.

    Parameters and attributes are those of `GroupLassoClassifier`, and
    `groups` and `active_groups_` of `LatentGroupLasso`.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 12))
    >>> odds = X[:, 4:8] @ [1.0, -2.0, 3.0, 1.0]
    >>> y = np.where(odds + rng.logistic(size=100) > 0, "sick", "well")
    >>> model = LatentGroupLassoClassifier(0.2, groups=[range(4), range(4, 8), range(6, 12)]).fit(
    ...     X, y
    ... )
    >>> model.active_groups_, model.predict_proba(X).shape
    (array([1]), (100, 2))
    """

    alpha: float = 0.01


@dataclass(eq=False, repr=False)
class GroupMCPClassifier(ClassificationMixin, GroupMCPModel):
    """Logistic regression with the group MCP penalty, which does not shrink large groups.

    Parameters and attributes are those of `GroupLassoClassifier`, and
    `gamma` and `kkt_` of `GroupMCPRegressor`. The default `ridge` of 0.001 bounds coefficients
    of separable classes, which the penalty does not.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 12))
    >>> odds = X[:, 4:8] @ [1.0, -2.0, 3.0, 1.0]
    >>> y = np.where(odds + rng.logistic(size=100) > 0, "sick", "well")
    >>> model = GroupMCPClassifier(0.2, groups=4).fit(X, y)
    >>> model.active_groups_, model.predict_proba(X).shape
    (array([1]), (100, 2))
    """

    alpha: float = 0.01
    _: KW_ONLY
    ridge: float = 1e-3


@dataclass(eq=False, repr=False)
class GroupSCADClassifier(ClassificationMixin, GroupSCADModel):
    """Logistic regression with the group SCAD penalty, which does not shrink large groups.

    Parameters and attributes are those of `GroupLassoClassifier`, and
    `gamma` and `kkt_` of `GroupSCADRegressor`. The default `ridge` of 0.001 bounds coefficients
    of separable classes, which the penalty does not.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 12))
    >>> odds = X[:, 4:8] @ [1.0, -2.0, 3.0, 1.0]
    >>> y = np.where(odds + rng.logistic(size=100) > 0, "sick", "well")
    >>> model = GroupSCADClassifier(0.2, groups=4).fit(X, y)
    >>> model.active_groups_, model.predict_proba(X).shape
    (array([1]), (100, 2))
    """

    alpha: float = 0.01
    _: KW_ONLY
    ridge: float = 1e-3


@dataclass(eq=False, repr=False)
class GroupL0Classifier(ClassificationMixin, GroupL0Model):
    """Logistic regression with the number of active groups as penalty.

    `alpha` is the smallest decrease of the mean loss for which a group becomes active. Parameters
    and attributes are `n_groups`, `alpha`, `ridge` and `kkt_` of `GroupL0Regressor`, and the
    others, as `class_weight` and `classes_`, of `GroupLassoClassifier`. The default `ridge` of
    0.001 bounds coefficients of separable classes, which the penalty does not.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((100, 12))
    >>> odds = X[:, 4:8] @ [1.0, -2.0, 3.0, 1.0]
    >>> y = np.where(odds + rng.logistic(size=100) > 0, "sick", "well")
    >>> model = GroupL0Classifier(1, groups=4).fit(X, y)
    >>> model.active_groups_, model.predict_proba(X).shape
    (array([1]), (100, 2))
    """

    _: KW_ONLY
    ridge: float = 1e-3
