"""Proximal Newton: block coordinate descent on one quadratic model of the loss after another.

On the working set, the loss is replaced by its quadratic model at the present point
(`weighted_set`), sweeps descend on the model and the penalty, and a step towards their minimiser
lowers the objective (Lee, Sun and Saunders, 2014). The sweeps go on until they move the gradient
by a small part of what the first one did. Only when the point is nearly optimal on the working
set, the full gradient is computed. Cost per model: gradient and curvature of the loss, and Gram
matrices of the blocks where the curvature has changed materially.
"""

from __future__ import annotations

from ....arrays import Array
from ....reformulations.feature_view import FeatureView
from ....solution import Certificate
from ...optimality.certificates import certify
from ..descent_session import DescentSession
from .weighted_set import WeightedSet, WeightedSweeps

_FORCING = 0.1  # of the first sweep of a model: by how much its last may move the gradient
_MOST_MODELS = 30  # between two full gradients


class NewtonSession(DescentSession):
    """One problem of any loss at several strengths; the working set is kept."""

    working: WeightedSet

    def _make_working_set(self) -> WeightedSet:
        """Return the working set of the problem, with unpenalised features alone."""
        return WeightedSet(FeatureView.of(self.problem), self.penalty, self.problem.dtype)

    def _fit_free(self) -> None:
        """Fit the unpenalised features, before other groups have entered."""
        self._descend(self.rounding, self.max_iter)

    def _polish(self) -> None:
        """Do nothing: every model is a Newton step already."""

    def _certify(self, x: Array, residual: Array, correlations: Array) -> Certificate:
        """Return the certificate of the present point, all of it in the problem's shapes."""
        image = self.view.in_data_shape(self.working.image)
        return certify(self.problem, self.working.penalty, x, residual, correlations, image)

    def _descend(self, target: float, most: int) -> int:
        """Minimise on the working set until the first sweep of a model moves the gradient little.

        Return the number of sweeps, `most` at most.
        """
        done = 0
        for _ in range(_MOST_MODELS):
            model = WeightedSweeps(self.working)
            sweeps = model.descend(target, most - done, share=_FORCING)
            done += sweeps
            improves = model.accept()
            self.working.count_sweeps(sweeps, drifts=self.drifts)
            if model.first <= target or not improves or done >= most:
                break
        return done
