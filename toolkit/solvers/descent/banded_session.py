"""Block coordinate descent where the Gram matrix of every channel is banded.

Traces have nothing to do with one another: each is solved to its own accuracy, in compiled
code that holds no lock, some at a time so that a callback is heard.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any, Protocol

import numpy as np

from ...arrays import Array
from ...operators.convolution import BandedOperator
from ...penalties import Penalty
from ...penalties.block_forms import TwoThresholds
from ...problem import Problem
from ...reformulations.channel_parts import ChannelParts
from ...solution import Progress, Solution, Status
from ..history import History
from ..optimality.certificates import certify, find_critical_strength, space_strengths
from ..optimality.session import Session
from .banded_kernels import Bands, solve_record

_FINEST = 50  # times the precision: what a gradient's norm can fall to
_CONCAVE_STEP = 0.8
_STAGE_ACCURACY = 0.01  # of the strength, on the way
_AT_ONCE = 16  # records between two looks at the callback


class _DescentSettings(Protocol):
    """What `BlockCoordinateDescent` is asked for."""

    @property
    def penalty(self) -> Penalty: ...
    @property
    def tol(self) -> float: ...
    @property
    def max_iter(self) -> int: ...
    @property
    def callback(self) -> Callable[[Progress], bool | None] | None: ...


class BandedSession(Session):
    """One problem of many records at several strengths.

    Parameters
    ----------
    config : BlockCoordinateDescent
        The solver.
    parts : ChannelParts
        The problem, whose operators are all banded.
    """

    def __init__(self, config: _DescentSettings, parts: ChannelParts) -> None:
        self.config, self.parts, self.problem = config, parts, parts.problem
        first = parts.operators[0]
        assert isinstance(first, BandedOperator)
        self.n_samples = first.n_samples
        self.bands = stack_bands(parts)
        wide = np.result_type(self.problem.dtype, np.float64)
        images = [op.adjoint(y) for op, y in zip(parts.each, parts.data, strict=True)]
        self._correlations = np.stack(images)
        records = self._correlations.reshape(parts.n_channels, -1, self.n_samples)
        self.records: Array = np.ascontiguousarray(records.transpose(1, 2, 0), dtype=wide)
        finest = _FINEST * float(np.finfo(self.problem.dtype).eps)
        sizes = np.sqrt((np.abs(self.records) ** 2).sum(axis=(1, 2)))
        self.accuracies = max(config.tol, finest) * sizes
        self.x = np.zeros_like(self.records)
        self.gains = np.zeros(len(self.records))
        self.alpha: float | None = None

    @classmethod
    def of(cls, config: _DescentSettings, problem: Problem) -> BandedSession | None:
        """Return a session, or None where a record is not all that a sample has to do with."""
        if config.penalty.ridge:
            return None
        parts = ChannelParts.of(problem)
        if parts is None or not parts.are_banded:
            return None
        if isinstance(config.penalty.block_form(problem.groups), TwoThresholds):
            return None
        return cls(config, parts)

    def begin(self, start: Array) -> None:
        """Take coefficients to start from."""
        rows = self.parts.rows(self.problem.copy_start(start))
        records = rows.reshape(self.parts.n_channels, -1, self.n_samples).transpose(1, 2, 0)
        excluded = ~np.isfinite(self._form(1.0).strengths).reshape(records.shape[:2])
        self.x[...] = np.where(excluded[..., None], 0, records)
        self.x[self.accuracies == 0] = 0  # of data that are zero
        self.alpha = self.config.penalty.alpha

    @property
    def critical(self) -> float:
        """The smallest strength with every penalised group zero."""
        return find_critical_strength(self.problem, self.config.penalty)

    def solve(self, alpha: float) -> Solution:
        """Minimise at this strength, from wherever the session is."""
        began = perf_counter()
        self.history = History("alpha", "criterion")
        self.sweeps = np.zeros(len(self.records), np.intp)
        status = self._approach(alpha) or self._solve_at(alpha, None)
        self.alpha = alpha
        return self._solution(alpha, status, perf_counter() - began)

    def _approach(self, alpha: float) -> Status | None:
        """Come from the last strength in steps if the penalty is not convex."""
        if self.config.penalty.convex:
            return None
        begin = self.critical if self.alpha is None else self.alpha
        for stage in space_strengths(begin, alpha, _CONCAVE_STEP):
            if self._solve_at(stage, _STAGE_ACCURACY * stage) is Status.STOPPED:
                return Status.STOPPED
        return None

    def _solve_at(self, alpha: float, accuracy: float | None) -> Status:
        """Minimise over every record; `accuracy` is that of a strength on the way."""
        form, criterion = self._form(alpha), 0.0
        n_records, status = len(self.records), Status.CONVERGED
        for begin in range(0, n_records, _AT_ONCE):
            for record in range(begin, min(begin + _AT_ONCE, n_records)):
                own = self.accuracies[record]
                total = self._solve_record(form, record, max(own, accuracy or 0.0))
                criterion += total**2
                if total > own and accuracy is None:
                    status = Status.MAX_ITER
            if self._stops(min(begin + _AT_ONCE, n_records) / n_records, accuracy is None):
                return Status.STOPPED
        self.history.record(alpha=alpha, criterion=float(np.sqrt(criterion)))
        return status

    def _solve_record(self, form: Any, record: int, accuracy: float) -> float:
        most = self.config.max_iter - int(self.sweeps[record])
        sweeps, total, self.gains[record] = solve_record(
            form,
            record * self.n_samples,
            self.bands,
            self.records[record],
            self.x[record],
            accuracy,
            max(most, 0),
        )
        self.sweeps[record] += sweeps
        return float(total)

    def _form(self, alpha: float) -> Any:
        """Return what the kernels need to know of the penalty, by features."""
        penalty, features = self.config.penalty.with_alpha(alpha), self.parts.features
        form = penalty.block_form(self.problem.groups)
        strengths = np.zeros(features.n_coefs)  # unpenalised features have none
        strengths[features.indices] = form.strengths
        return form._replace(strengths=strengths)

    def _stops(self, fraction: float, is_last: bool) -> bool:
        if self.config.callback is None:
            return False
        n_active = int(np.count_nonzero(self.x.any(axis=2)))
        objective = float(np.linalg.norm(self.problem.data)) ** 2 / 2 + float(self.gains.sum())
        progress = Progress(
            int(self.sweeps.max()), fraction if is_last else 0.0, objective, n_active
        )
        return bool(self.config.callback(progress))

    def _solution(self, alpha: float, status: Status, seconds: float) -> Solution:
        problem, penalty = self.problem, self.config.penalty.with_alpha(alpha)
        rows = self.x.transpose(2, 0, 1).reshape(self.parts.n_channels, -1)
        coef = self.parts.coefficients(rows)
        residual = problem.data - problem.operator.apply(coef)
        misfit = float(np.linalg.norm(residual))
        return Solution(
            coef=coef,
            active_groups=np.flatnonzero(problem.groups.norms(coef)),
            status=status,
            objective=misfit**2 / 2 + penalty.value(coef, problem.groups),
            certificate=certify(problem, penalty, coef, residual),
            alpha=float(alpha),
            residual_norm=misfit,
            iterations=int(self.sweeps.max()),
            seconds=seconds,
            history=self.history.as_arrays(),
        )


def stack_bands(parts: ChannelParts) -> Bands:
    """Return the Gram matrices of all channels, as wide as the longest wavelet's."""
    operators = [op for op in parts.operators if isinstance(op, BandedOperator)]
    n_lags = max(operator.n_lags for operator in operators)
    bands = [operator.gram_bands(n_lags) for operator in operators]
    most = max(bands, key=lambda one: len(one.rows))
    wide = np.result_type(parts.problem.dtype, np.float64)
    rows = [one.rows if one is most else one.rows[one.which[_samples(most)]] for one in bands]
    several = parts.n_channels // len(operators)
    stacked = np.stack(rows * several, axis=-1).astype(wide)
    diagonal = np.stack([one.diagonal() for one in bands] * several, axis=-1)
    return Bands(np.ascontiguousarray(stacked), most.which, np.ascontiguousarray(diagonal, float))


def _samples(bands: Any) -> Array:
    """Return a sample for every row of bands."""
    samples = np.zeros(len(bands.rows), np.intp)
    samples[bands.which] = np.arange(bands.which.size)
    return samples
