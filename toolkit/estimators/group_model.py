"""Base class of all estimators of a linear model: reading samples, fitted attributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.validation import check_is_fitted, validate_data

from ..arrays import Array
from ..checks import check_level
from ..execution.caller import warn_caller
from ..groups.parsing import GroupsLike
from ..operators.matrix import check_weights
from ..reformulations.regression_form import Features, RegressionForm
from ..solution import CertificateKind, Solution, Status
from .features import prepare_features
from .kinds.targets import Targets
from .training import Training, check_offset, make_feature_groups

_DTYPES = (np.float64, np.float32)


@dataclass(eq=False, repr=False, kw_only=True)
class GroupModel(BaseEstimator):
    """A linear model with few active groups of features, jointly for all outputs.

    Subclasses are dataclasses whose fields are their hyper-parameters. A mix-in says what the
    targets mean.
    """

    groups: GroupsLike = None

    def read_training(
        self,
        X: Features,
        y: Any,
        sample_weight: ArrayLike | None = None,
        offset: ArrayLike | None = None,
    ) -> Training:
        """Return the arguments of `fit` as training data; note the names of features.

        Raise a `ValueError` if shapes do not fit, values are not finite, `y` holds targets of
        another kind, or `groups` or `fit_intercept` are invalid.
        """
        has_intercept = self._has_intercept()
        samples, targets = self._read_samples(prepare_features(X), y)
        weights = None
        if sample_weight is not None:
            weights = check_weights(sample_weight, len(targets.values))
        weights = self._weigh_samples(targets, weights)
        targets = targets.settle(np.ones(len(targets.values)) if weights is None else weights)
        names = getattr(self, "feature_names_in_", None)
        groups = make_feature_groups(self.groups, samples.shape[1], names)
        if offset is not None:
            offset = check_offset(offset, targets.make_data().shape, samples.dtype)
        training = Training(samples, targets, weights, offset, groups, names, has_intercept)
        gap = training.find_gap()
        if gap is not None:
            raise ValueError(
                f"y has {gap}" + (" of positive weight" if weights is not None else "")
            )
        return training

    def _has_intercept(self) -> bool:
        """Return whether there is an intercept, or what takes its place."""
        return True

    def _read_samples(self, X: Features, y: Any) -> tuple[Any, Targets]:
        """Return checked features and targets."""
        raise NotImplementedError

    def _validate(self, X: Features, y: Any, **settings: Any) -> tuple[Any, Any]:
        """Return features and targets as scikit-learn checks them."""
        checked: tuple[Any, Any] = validate_data(
            self,
            X,
            y,
            accept_sparse=("csc", "csr"),
            dtype=_DTYPES,
            ensure_min_samples=2 if self._has_intercept() else 1,
            **settings,
        )
        return checked

    def _weigh_samples(self, targets: Targets, sample_weight: Array | None) -> Array | None:
        """Return the weights of samples, with those of their targets."""
        return sample_weight

    def _compute_image(self, X: Features, offset: ArrayLike | None) -> Array:
        """Return the linear model of samples, shape (n_samples,) or (n_samples, n_outputs)."""
        check_is_fitted(self)
        checked = validate_data(
            self,
            prepare_features(X),
            accept_sparse=("csr", "csc"),
            dtype=_DTYPES,
            reset=False,
        )
        image: Array = checked @ self.coef_.T + self.intercept_
        if offset is None:
            return image
        return image + check_offset(offset, image.shape, image.dtype)

    def _publish(self, training: Training, regression: RegressionForm, solution: Solution) -> None:
        """Set the fitted attributes."""
        restored = regression.restore(solution)
        coef, intercept = restored.coef, regression.intercept(solution.coef)
        if training.targets.has_outputs and coef.ndim == 1:
            coef, intercept = coef[:, None], np.array([intercept])
        self.coef_, self.intercept_ = np.ascontiguousarray(coef.T), intercept
        self.solution_ = restored
        self.active_groups_ = solution.active_groups
        self.n_iter_ = max(1, solution.iterations)
        for name in ("dual_gap_", "kkt_"):
            self.__dict__.pop(name, None)
        kind, value = solution.certificate
        setattr(self, "dual_gap_" if kind is CertificateKind.DUALITY_GAP else "kkt_", value)

    def _scale_level(self, noise_level: float | None, regression: RegressionForm) -> float | None:
        """Return a noise level in the units of the regression's problem."""
        if noise_level is None:
            return None
        check_level("noise_level", noise_level)
        return float(noise_level) / regression.scale

    def _warn(self, message: str) -> None:
        warn_caller(f"{type(self).__name__}: {message}", ConvergenceWarning)

    def _describe_end(self, solution: Solution) -> str:
        """Return how a solution ended that did not converge, with advice where there is some."""
        can_raise = solution.status is Status.MAX_ITER and hasattr(self, "max_iter")
        advice = "; raise max_iter or tol" if can_raise else ""
        return solution.describe_end() + advice

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.required = True
        return tags
