"""The way of an active set down in strength, from one warm start to the next.

At each strength the groups whose primal plus dual variable exceeds ``sqrt(2 alpha)`` are active,
and fitted again, until they stay (Jiao, Jin and Lu, algorithm 1). Where these variables are a
model of what a change saves, as for all losses but the squared one, a last change that does not
lower the objective is undone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ...arrays import Array
from ...solution import Progress, Status
from ...ties import largest_few
from ..history import History
from .active_set import ActiveSet

_SMALLEST_STRENGTH = 1e-24  # of the squared correlations with the data
_ROUNDING = 10.0  # of correlations, in units of the data's precision
_LAST_INNER = 50
_LOST = 0.9  # of the rows: so many active columns are no sparse solution
# Coefficients of active groups amplify data and noise little (1.1) where sampling is random; where
# groups cancel each other, as aliases of regular sampling do, 30 times and more.
_LARGEST_AMPLIFICATION = 4.0


class PathSettings(NamedTuple):
    """Where a path stops, and how it goes there, as `PrimalDualActiveSet` defines it."""

    noise_level: float | None
    alpha: float | None
    n_groups: int | None
    rho: float
    max_inner: int
    path_tol: float
    callback: Callable[[Progress], bool | None] | None
    watches_cancelling: bool = False

    def refine(self) -> PathSettings:
        """Return settings with steps half as long, and twice as many changes at each."""
        return self._replace(rho=float(np.sqrt(self.rho)), max_inner=2 * self.max_inner)


class ActiveSetPath:
    """An active set on its way down in strength, from given groups or none."""

    def __init__(
        self,
        settings: PathSettings,
        state: ActiveSet,
        first: Array,
        n_changes: int = 0,
    ) -> None:
        self.settings, self.state, self.n_changes = settings, state, n_changes
        self.cancels = False
        state.clear()
        self.alpha = state.first_strength
        if first.any() or state.groups.unpenalised.size:
            state.activate(first)
            begin = state.staying
            if not self._meets_noise_level():
                begin = max(begin, state.entering)
            self.alpha = min(self.alpha, begin)

    def follow(self) -> tuple[Status, History]:
        """Lower the strength until a stopping rule is met; return how it ended, and its way."""
        settings, state = self.settings, self.state
        history = History("alpha", "n_active", "inner", "residual_norm")
        status = Status.CONVERGED if self._meets_noise_level() else None
        while status is None:
            if not self.lower_strength(settings.alpha):
                return self._explain_early_end(), history
            before = self.n_changes
            status = self.settle(fully=self.alpha == settings.alpha)
            history.record(
                alpha=self.alpha,
                n_active=state.n_active,
                inner=self.n_changes - before,
                residual_norm=state.residual_norm,
            )
            stop = settings.callback is not None and settings.callback(self._measure_progress())
            if stop and status is None:
                status = Status.STOPPED
        return status, history

    def lower_strength(self, last: float | None) -> bool:
        """Go to the next strength on the grid at which a group enters or leaves, if there is one.

        Not below `last`, which counts as a step.
        """
        entering, staying = self.state.entering, self.state.staying
        rho, smallest = self.settings.rho, last or self._smallest
        if last is None and min(entering, self.alpha) <= smallest:
            return False  # only rounding stands out
        steps = 1.0
        if entering < self.alpha * rho < staying:
            target = max(entering, smallest)
            steps = max(1.0, np.ceil(np.log(target / self.alpha) / np.log(rho)))
        self.alpha = max(self.alpha * rho**steps, smallest)
        return True

    @property
    def _smallest(self) -> float:
        """The strength at which only rounding stands out."""
        precision = float(np.finfo(self.state.problem.dtype).eps)
        return max(_SMALLEST_STRENGTH, (_ROUNDING * precision) ** 2) * self.state.scale**2

    def settle(self, *, fully: bool) -> Status | None:
        """Change the active set at this strength until it stays; return None if the path goes on.

        Unless `fully`, as at the last strength, a few changes will do.
        """
        state, threshold = self.state, float(np.sqrt(2 * self.alpha))
        full, stable = self._is_full(), False
        n_changes = 0
        while n_changes < (_LAST_INNER if fully or full else self.settings.max_inner):
            wanted = self._choose_groups(threshold)
            stable = bool(np.array_equal(wanted, state.active))
            if stable:
                break
            if self._exceeds_rows(wanted):
                wanted = self._add_strongest(wanted)
                if self._exceeds_rows(wanted) or np.array_equal(wanted, state.active):
                    return Status.SATURATED
            before = state.active, state.fit
            stable = not self._change(wanted, threshold, is_last=fully or full)
            n_changes += 1
            self.n_changes += 1
            self.cancels = self._is_cancelling()
            if self.cancels:
                state.active, state.fit = before
                return Status.SATURATED
            if stable:
                break
            full = self._is_full()
        if full:
            self.alpha = max(self.alpha, state.entering)
        if self._meets_noise_level():
            self._come_to_rest(threshold)
            return Status.CONVERGED
        if fully or full:
            return Status.CONVERGED if stable else Status.MAX_ITER
        return None

    def _change(self, wanted: Array, threshold: float, *, is_last: bool) -> bool:
        """Make groups active, and return True; undo it if a last change raises the objective."""
        state, accuracy = self.state, self._fit_accuracy(threshold)
        if state.knows_changes or not is_last:
            state.activate(wanted, accuracy)
            return True
        active, fit, objective = state.active, state.fit, state.evaluate_objective(self.alpha)
        state.activate(wanted, accuracy)
        if state.evaluate_objective(self.alpha) < objective:
            return True
        state.active, state.fit = active, fit
        return False

    def _come_to_rest(self, threshold: float) -> None:
        """Change the active set until it stays, as long as the noise level is met."""
        state = self.state
        for _ in range(_LAST_INNER):
            before, wanted = (state.active, state.fit), self._choose_groups(threshold)
            if np.array_equal(wanted, state.active):
                return
            if self._exceeds_rows(wanted):
                return
            state.activate(wanted, self._fit_accuracy(threshold))
            if not self._meets_noise_level():
                state.active, state.fit = before
                return
            self.n_changes += 1

    def _explain_early_end(self) -> Status:
        """Return why nothing more can enter."""
        level = self.settings.noise_level
        return Status.SATURATED if level is None else Status.NOISE_LEVEL_NOT_REACHED

    def _choose_groups(self, threshold: float) -> Array:
        """Return the groups above the threshold; of too many, those furthest above."""
        evidence, limit = self.state.evidence, self.settings.n_groups
        above = evidence > threshold
        if limit is None or np.count_nonzero(above) <= limit:
            return above
        return largest_few(evidence, limit)

    def _exceeds_rows(self, wanted: Array) -> bool:
        """Return whether groups have more columns than the data can determine."""
        return self.state.count_columns(wanted) > self.state.n_rows

    def _add_strongest(self, wanted: Array) -> Array:
        """Return the active groups and the one furthest above the threshold of too many wanted.

        On the way to a noise level only where none is active: a path lost in the noise ends.
        """
        state = self.state
        chosen = state.active.copy()
        if self.settings.n_groups is not None or not state.n_active:
            evidence = np.where(wanted & ~state.active, state.evidence, -1.0)
            chosen[int(np.argmax(evidence))] |= bool(evidence.max() > 0)
        return chosen

    def _fit_accuracy(self, threshold: float) -> float:
        """Return how small a gradient a fit must reach: small beside all that it decides."""
        level = self.settings.noise_level
        return self.settings.path_tol * (threshold if level is None else min(threshold, level))

    def _meets_noise_level(self) -> bool:
        level = self.settings.noise_level
        return level is not None and self.state.residual_norm <= level

    def _is_cancelling(self) -> bool:
        """Return whether active groups cancel each other, where the path shall watch that."""
        if not self.settings.watches_cancelling:
            return False
        return self.state.amplification > _LARGEST_AMPLIFICATION

    def _is_full(self) -> bool:
        """Return whether as many groups are active as were asked for."""
        limit = self.settings.n_groups
        return limit is not None and self.state.n_active >= limit

    def is_lost(self, status: Status) -> bool:
        """Return whether the path to a noise level ended with nearly as many columns as data."""
        crowded = self.state.count_columns(self.state.active) >= _LOST * self.state.n_rows
        ended = status is Status.SATURATED or (status is Status.CONVERGED and crowded)
        return self.settings.noise_level is not None and ended

    def _measure_progress(self) -> Progress:
        """Return how far the path has come, by the logarithm of the residual."""
        settings, n_active = self.settings, self.state.n_active
        first, now = float(np.sqrt(self.state.data_energy)), self.state.residual_norm
        target = settings.noise_level or float(np.sqrt(2 * (settings.alpha or self.alpha)))
        span = np.log(first / target) if first > target > 0 else 0.0
        fraction = min(1.0, float(np.log(first / max(now, target)) / span)) if span > 0 else 1.0
        if settings.n_groups is not None:
            fraction = max(fraction, n_active / settings.n_groups)
        return Progress(self.n_changes, fraction, now, n_active)
