"""Block coordinate descent where the Gram matrix of every channel is banded.

Traces are independent: each is solved to its own accuracy, in compiled code that holds no
lock, some at a time so that the callback is called in between.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ....arrays import Array
from ....operators.convolution import BandedOperator
from ....penalties import Penalty
from ....penalties.block_forms import BlockForm
from ....reformulations.channel_parts import ChannelParts
from ....solution import Progress, Solution, Status
from ...history import History
from ...optimality.certificates import certify, find_critical_strength
from ..staged_session import StagedSession, limit_accuracy
from .bands import do_traces_differ, stack_bands
from .kernels import solve_record

_AT_ONCE = 16  # records between two calls of the callback


class BandedSession(StagedSession):
    """One problem of many records at several strengths.

    A record is a gather of all channels; all operators are banded.
    """

    def __init__(
        self,
        parts: ChannelParts,
        penalty: Penalty,
        tol: float,
        max_iter: int,
        callback: Callable[[Progress], bool | None] | None,
    ) -> None:
        super().__init__(penalty, max_iter, callback)
        self.parts, self.problem = parts, parts.problem
        first = parts.operators[0]
        assert isinstance(first, BandedOperator)
        self.n_samples = first.n_samples
        self.bands = None if do_traces_differ(parts) else stack_bands(parts)
        wide = np.result_type(self.problem.dtype, np.float64)
        images = [op.adjoint(y) for op, y in zip(parts.each, parts.data, strict=True)]
        records = np.stack(images).reshape(parts.n_channels, -1, self.n_samples)
        self.records: Array = np.ascontiguousarray(records.transpose(1, 2, 0), dtype=wide)
        sizes = np.sqrt((np.abs(self.records) ** 2).sum(axis=(1, 2)))
        self.accuracies = limit_accuracy(tol, self.problem.dtype) * sizes
        self.x = np.zeros_like(self.records)
        self.gains = np.zeros(len(self.records))

    def begin(self, start: Array) -> None:
        """Move to given coefficients, as if they belonged to the penalty's strength."""
        rows = self.parts.rows(self.problem.copy_start(start))
        records = rows.reshape(self.parts.n_channels, -1, self.n_samples).transpose(1, 2, 0)
        excluded = ~np.isfinite(self._make_form(1.0).strengths).reshape(records.shape[:2])
        self.x[...] = np.where(excluded[..., None], 0, records)
        self.x[self.accuracies == 0] = 0  # of data that are zero
        self.alpha = self.penalty.alpha

    @property
    def critical(self) -> float:
        """The smallest strength with every penalised group zero."""
        return find_critical_strength(self.problem, self.penalty)

    def _list_stages(self, alpha: float) -> Array:
        """Return the strengths on the way to one: none if the penalty is convex."""
        return np.empty(0) if self.penalty.convex else super()._list_stages(alpha)

    def _reset(self) -> None:
        self.history = History("alpha", "criterion")
        self.sweeps = np.zeros(len(self.records), np.intp)

    def _solve_at(self, alpha: float, limit: float | None) -> Status:
        """Minimise over every record, at a stage until its distance does not exceed `limit`."""
        form, criterion = self._make_form(alpha), 0.0
        n_records, status = len(self.records), Status.CONVERGED
        for begin in range(0, n_records, _AT_ONCE):
            end = min(begin + _AT_ONCE, n_records)
            for record in range(begin, end):
                accuracy = max(self.accuracies[record], limit or 0.0)
                total = self._solve_record(form, record, accuracy)
                criterion += total**2
                if total > accuracy:
                    status = Status.MAX_ITER
            if self._report(end / n_records if limit is None else 0.0):
                return Status.STOPPED
        self.history.record(alpha=alpha, criterion=float(np.sqrt(criterion)))
        return status

    def _solve_record(self, form: BlockForm, record: int, accuracy: float) -> float:
        """Minimise over one record; return the norm of its smallest subgradient."""
        most = max(self.max_iter - int(self.sweeps[record]), 0)
        bands = stack_bands(self.parts, record) if self.bands is None else self.bands
        first, correlations, x = record * self.n_samples, self.records[record], self.x[record]
        sweeps, total, self.gains[record] = solve_record(
            form, first, bands, correlations, x, accuracy, most
        )
        self.sweeps[record] += sweeps
        return float(total)

    def _make_form(self, alpha: float) -> BlockForm:
        """Return the penalty at a strength as the kernels need it, by features."""
        features = self.parts.features
        form = self.penalty.with_alpha(alpha).block_form(self.problem.groups)
        strengths = np.zeros(features.n_coefs)  # unpenalised features have none
        strengths[features.indices] = form.strengths
        return form._replace(strengths=strengths)

    def _report(self, fraction: float) -> bool:
        """Call the callback; return whether it asks to stop."""
        if self.callback is None:
            return False
        n_active = int(np.count_nonzero(self.x.any(axis=2)))
        objective = float(np.linalg.norm(self.problem.data)) ** 2 / 2 + float(self.gains.sum())
        return bool(self.callback(Progress(int(self.sweeps.max()), fraction, objective, n_active)))

    def _make_solution(self, alpha: float, status: Status, seconds: float) -> Solution:
        problem, penalty = self.problem, self.penalty.with_alpha(alpha)
        rows = self.x.transpose(2, 0, 1).copy().reshape(self.parts.n_channels, -1)
        coef = self.parts.coefficients(rows)
        residual = problem.data - problem.operator.apply(coef)
        misfit, norms = float(np.linalg.norm(residual)), problem.groups.norms(coef)
        return Solution(
            coef=coef,
            active_groups=np.flatnonzero(norms),
            status=status,
            objective=misfit**2 / 2 + penalty.value_with_norms(coef, norms, problem.groups),
            certificate=certify(problem, penalty, coef, residual),
            alpha=float(alpha),
            residual_norm=misfit,
            iterations=int(self.sweeps.max()),
            seconds=seconds,
            history=self.history.as_arrays(),
        )
