"""What makes an estimator one of survival times: risk scores, and the baseline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from ...arrays import Array, as_finite_array
from ...checks import check_choice
from ...reformulations.regression_form import Features, RegressionForm
from ...solution import Solution
from ..group_model import GroupModel
from ..training import Training
from .agreement import compute_concordance
from .targets import Targets
from .times import SurvivalTargets, read_times

_LARGEST = 600.0  # logarithm of a risk, as for `Cox`


@dataclass(eq=False, repr=False, kw_only=True)
class SurvivalMixin(GroupModel):
    """A model of survival times: Cox's proportional hazards."""

    ties: Literal["breslow", "efron"] = "breslow"

    def predict(self, X: Features, offset: ArrayLike | None = None) -> Array:
        """Predict risk scores.

        Parameters
        ----------
        X : array_like, DataFrame or sparse matrix, shape (n_samples, n_features)
            Features.
        offset : array_like of float, optional
            As in `fit`.

        Returns
        -------
        ndarray, shape (n_samples,)
            The logarithm of the hazard relative to that of a sample whose features are the means
            of those seen in `fit`: the larger, the earlier the event.

        Raises
        ------
        ValueError
            If X has other features than those seen in `fit`.
        NotFittedError
            Before `fit`.
        """
        return self._compute_image(X, offset)

    def predict_cumulative_hazard_function(
        self, X: Features, times: ArrayLike | None = None, offset: ArrayLike | None = None
    ) -> Array:
        """Return the cumulative hazard of each sample, shape (n_samples, n_times).

        At `times`, by default `unique_times_`: zero before the first of these, and constant
        after the last. The other arguments are those of `predict`.
        """
        risks = np.exp(np.minimum(self.predict(X, offset).astype(float), _LARGEST))
        hazard = np.concatenate([[0.0], self.baseline_hazard_])
        at = self.unique_times_ if times is None else as_finite_array(times, "times")
        steps = hazard[np.searchsorted(self.unique_times_, at, side="right")]
        result: Array = np.multiply.outer(risks, steps)
        return result

    def predict_survival_function(
        self, X: Features, times: ArrayLike | None = None, offset: ArrayLike | None = None
    ) -> Array:
        """Return the probability of no event up to each time, shape (n_samples, n_times).

        The arguments are those of `predict_cumulative_hazard_function`.
        """
        survival: Array = np.exp(-self.predict_cumulative_hazard_function(X, times, offset))
        return survival

    def score(self, X: Features, y: Any, sample_weight: ArrayLike | None = None) -> float:
        """Return Harrell's concordance of risk scores and times, from 0 to 1."""
        scores = self.predict(X)
        weights = np.ones(len(scores)) if sample_weight is None else np.asarray(sample_weight)
        return compute_concordance(read_times(y, type(self).__name__), scores, weights)

    def _read_samples(self, X: Features, y: Any) -> tuple[Any, Targets]:
        check_choice("ties", self.ties, ("breslow", "efron"))
        if y is None:
            return self._validate(X, y)  # raises
        samples, times = self._validate(X, read_times(y, type(self).__name__), y_numeric=True)
        return samples, SurvivalTargets(times, ties=self.ties)

    def _publish(self, training: Training, regression: RegressionForm, solution: Solution) -> None:
        """Set the fitted attributes, and the baseline hazard by Breslow's estimate."""
        super()._publish(training, regression, solution)
        image = training.compute_image(regression, solution.coef).astype(float)
        self.unique_times_, self.baseline_hazard_ = estimate_baseline(
            training.y, np.exp(np.minimum(image, _LARGEST)), training.weights
        )
        self.baseline_survival_ = np.exp(-self.baseline_hazard_)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = True
        return tags


def estimate_baseline(signed_times: Array, risks: Array, weights: Array) -> tuple[Array, Array]:
    """Return the times of events, and the cumulative hazard of risk one at them (Breslow, 1974).

    Examples
    --------
    >>> estimate_baseline(np.array([1.0, -2.0, 4.0]), np.ones(3), np.ones(3))
    (array([1., 4.]), array([0.33333333, 1.33333333]))
    """
    times, is_event = np.abs(signed_times), (signed_times > 0) & (weights > 0)
    order = np.argsort(times, kind="stable")
    at_risk = np.cumsum((weights * risks)[order][::-1])[::-1]
    unique, places = np.unique(times[is_event], return_inverse=True)
    n_events = np.bincount(places, weights[is_event])
    first = np.searchsorted(times[order], unique)
    with np.errstate(divide="ignore", over="ignore"):  # risks may be tiny
        return unique, np.cumsum(n_events / at_risk[first])
