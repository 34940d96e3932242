"""Images from few measurements by thresholds in a randomly shifted basis (cycle spinning).

A basis such as the Haar wavelets describes an image well or badly depending on
where its edges fall on the grid of the basis. Thresholds averaged over shifted
bases do not see the grid (Coifman and Donoho, 1995, "Translation-invariant
de-noising"), and a new random shift in each iteration does the same at the
cost of one (Figueiredo and Nowak, 2003, "An EM algorithm for wavelet-based
image restoration", section V). Each iteration takes the gradient step
``v = x + A^H (y - A x) / L``, shifts the images cyclically by random numbers of
pixels, applies the proximal step of a group penalty to their coefficients, and
shifts back. The strength falls geometrically at first and then stays; the
images of the last iterations are averaged. Cost per iteration: one `apply` and
one `adjoint` of the operator and of the basis, and a few passes.

The iterates minimise no objective and do not settle, but their mean does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import prod, sqrt
from time import perf_counter

import numpy as np

from ...arrays import Array, IntArray, Shape, as_index_array, scalar_like, squared_magnitude
from ...checks import check_count, check_level, check_share, check_strength
from ...groups import Groups
from ...operators import Operator
from ...penalties import GroupL0, GroupNormPenalty
from ...problem import Problem
from ...randomness import RandomState, check_random_state, make_generator
from ...short_text import shorten
from ...solution import Certificate, CertificateKind, Progress, Solution, Status
from ..history import History
from ..solver import Solver
from .falling_thresholds import (
    find_threshold,
    find_typical_threshold,
    find_universal_threshold,
    lower_thresholds,
    scale_thresholds,
)
from .halved_mean import HalvedMean

_AVERAGED = 0.2  # the share of the iterations, the last ones, whose images are averaged
# Thresholds relative to the brightest pixel: where they begin, and the least that they fall to.
_FIRST, _LEAST = 0.5, 1e-4
# Rounding alone must not make a step look too long.
_ROUNDING = 1e-3

Channels = slice | IntArray


@dataclass(frozen=True, eq=False)
class CycleSpinning(Solver):
    """Iterative thresholding of groups in an orthonormal basis shifted at random in each step.

    The problem is stated for images: its coefficients have the shape of one
    image in the basis, or that behind any axes of channels. A group holds one
    coefficient of the basis in all channels, or in those of equal `channel_labels`;
    the problem's groups, over pixels, only define `Solution.active_groups`.

    Parameters
    ----------
    basis : Operator or sequence of Operator
        The synthesis of one image with orthonormal rows, such as `Wavelet`, or several, which
        take turns: short wavelets leave sharp edges, long ones smooth surfaces, and both in turn
        are better than either. Coefficients may outnumber pixels, as they do for a `Wavelet`
        whose sizes are no multiples of ``2**levels``.
    noise_level : float, optional
        The norm of the noise in the data: hard thresholds (`GroupL0`) fall to
        the largest norm that noise alone is expected to give a group. With
        zero they fall to a ten-thousandth of the brightest pixel.
    penalty : GroupNormPenalty, optional
        Without `noise_level`: the penalty, at the strength to be reached. With it: the
        thresholding, a proximal step of length one, in units of the norm that most groups of
        noise do not exceed: ``L21(1)`` for soft thresholds, ``GroupMCP(1, 8)`` for firm ones,
        which shrink nothing from eight times the threshold on.
    unpenalised : ndarray of bool or sequence of them, optional
        Over the coefficients of the basis, or of each: those that are always kept, such as
        `Wavelet.coarse`.
    channel_labels : ndarray of int, shape (channel,), optional
        Channels of equal labels share groups; channels are counted over all axes before those of
        the image. By default all do.
    max_iter : int, default 200
        The number of iterations; only the callback stops earlier.
    momentum : float, default 0
        The largest extrapolation from the last two images, below 1, in all iterations but the
        averaged ones. It saves iterations where the data determine the image, but badly, as
        several coils do with few lines; where they do not, thresholds need the slow way.
    step : float, optional
        The step size, the inverse of a bound of ``A^H A``; by default the
        operator's known bound, or one estimated while iterating.
    random_state : int, Generator, RandomState or None, default 0
        Of the shifts. A seed gives the same images each time.
    callback : callable, optional
        Called with a `Progress` after each iteration; a true result stops.

    Raises
    ------
    ValueError
        If a parameter is out of its range, or neither `noise_level` nor `penalty` is given.

    Notes
    -----
    `start` are images, by default ``A^H y / L``; thresholds fall in any case. The
    solution's `coef` are the images, and its status is CONVERGED once all
    iterations are done; `objective` is half the squared residual norm, `alpha` the
    last strength, and the certificate is that of stationarity. `history` holds,
    per iteration: "threshold", "n_active" (groups of shifted coefficients),
    "residual_norm".

    The last threshold is the universal one for norms of groups of ``d`` real
    numbers, ``s sqrt(d + 2 sqrt(d log N) + 2 log N)`` among N coefficients.
    There ``s`` is the noise in each real number of ``A^H y / L``: ``sigma
    sqrt(n / (N L))`` for n data whose rows are orthogonal. Where weights make their lengths
    unequal, it is multiplied by their root mean square over ``sqrt(L)``. For `GroupL0` a
    threshold t is the strength ``alpha = L t**2 / 2``.

    Thresholds in all shifted bases describe an image better than sparsity in one
    of them: for images with edges the result can be better than the least-squares
    fit on the true support of the unshifted basis.

    Examples
    --------
    Two channels with edges off the grid of the basis:

    >>> from groupsparse.toolkit.operators import HalfPlaneFourier, Wavelet
    >>> rng = np.random.default_rng(0)
    >>> image = np.zeros((2, 16, 16))
    >>> image[:, 3:9, 5:12] = [[[1.0]], [[-2.0]]]
    >>> mask = rng.random((16, 16)) < 0.4
    >>> mask[7:10, 7:10] = True
    >>> sampling = HalfPlaneFourier(mask)
    >>> data = np.stack([sampling.apply(channel) for channel in image])
    >>> spinning = CycleSpinning(Wavelet((16, 16), "haar"), noise_level=0.0)
    >>> solution = spinning.solve(Problem(sampling, data, Groups.across(axis=0)))
    >>> bool(abs(solution.coef - image).max() < 1e-6)
    True
    """

    basis: Operator | Sequence[Operator]
    noise_level: float | None = None
    penalty: GroupNormPenalty | None = None
    unpenalised: Array | Sequence[Array] | None = field(default=None, repr=False)
    channel_labels: IntArray | None = None
    max_iter: int = 200
    momentum: float = 0.0
    step: float | None = None
    random_state: RandomState = 0
    callback: Callable[[Progress], bool | None] | None = None

    def __post_init__(self) -> None:
        if not self.bases:
            raise ValueError("basis is empty; at least one operator is expected")
        for basis in self.bases:
            if not isinstance(basis, Operator) or not basis.orthonormal_rows:
                raise ValueError(f"basis must have orthonormal rows, as Wavelet has; got {basis!r}")
        if self.unpenalised is not None and len(self.free) != len(self.bases):
            raise ValueError(
                f"unpenalised must be one array for each basis ({len(self.bases)}), got "
                f"{len(self.free)}"
            )
        if self.noise_level is None and self.penalty is None:
            raise ValueError("noise_level or penalty must be given; both are None")
        if self.noise_level is not None:
            check_level("noise_level", self.noise_level)
        if self.penalty is not None and not isinstance(self.penalty, GroupNormPenalty):
            raise ValueError(
                f"penalty must see only group norms, as L21 does; got {self.penalty!r}"
            )
        check_count("max_iter", self.max_iter)
        check_share("momentum", self.momentum)
        check_random_state(self.random_state)
        if self.step is not None:
            check_strength("step", self.step)

    @property
    def bases(self) -> tuple[Operator, ...]:
        """The bases, in the order of their turns."""
        if isinstance(self.basis, Operator | str) or not isinstance(self.basis, Sequence):
            return (self.basis,)
        return tuple(self.basis)

    @property
    def free(self) -> list[Array | None]:
        """For each basis, the coefficients that are always kept."""
        if self.unpenalised is None:
            return [None] * len(self.bases)
        if isinstance(self.unpenalised, np.ndarray):
            return [self.unpenalised]
        return list(self.unpenalised)

    def _solve(self, problem: Problem, start: Array | None) -> Solution:
        """Recover the images."""
        return _Run(self, problem, start).run()


@dataclass(frozen=True, eq=False)
class _Part:
    """Channels that share groups, these in each basis, and the penalty of every iteration."""

    channels: Channels
    groups: list[Groups]
    penalties: list[GroupNormPenalty]


class _Run:
    """The state of one solve; images have the shape (channel, *image)."""

    def __init__(self, config: CycleSpinning, problem: Problem, start: Array | None) -> None:
        self.began = perf_counter()
        self.config, self.problem = config, problem
        self.shape = _resolve_shape(problem, config.bases)
        self.rng = make_generator(config.random_state)
        # A^H y where rows are orthonormal: residuals are then kept as A^H r, of the same norm.
        self.back: Array | None = None
        back = self._correlate(problem.data)
        self.step, self.bounded = self._choose_step(back)
        self.before: tuple[Array, Array] | None = None  # images and residual
        zero_filled = back * scalar_like(self.step, back)
        self.images = zero_filled
        if start is not None:
            self.images = start.reshape(self.shape)
        self.back = back if problem.operator.orthonormal_rows else None
        self.residual = self._compute_residual(self.images)
        self.parts = [
            self._plan_part(channels, zero_filled)
            for channels in _find_channel_sets(config.channel_labels, self.shape[0])
        ]
        self.mean = HalvedMean(max(round(_AVERAGED * config.max_iter), 1))
        self.change = 0.0
        self.history = History("threshold", "n_active", "residual_norm")

    def _choose_step(self, direction: Array) -> tuple[float, bool]:
        """Return a step size, and whether it is known to be short enough."""
        if self.config.step is not None:
            return self.config.step, True
        if self.problem.operator.lipschitz is not None:
            return 1 / (self.problem.operator.lipschitz or 1.0), True
        curved = _sum_squares(self.problem.operator.apply(direction.reshape(self.problem.shape)))
        return (_sum_squares(direction) / curved if 0 < curved < np.inf else 1.0), False

    def _plan_part(self, channels: Channels, zero_filled: Array) -> _Part:
        """Return the groups across some channels, and the penalty of every iteration."""
        images, config = zero_filled[channels], self.config
        groups = [
            Groups.across(0, free).bind((len(images), *basis.domain_shape))
            for basis, free in zip(config.bases, config.free, strict=True)
        ]
        brightest = sqrt(float(squared_magnitude(images).sum(axis=0).max()))
        last = config.penalty
        if config.noise_level is not None:
            # Images of zeros stay zero whatever the threshold.
            n_groups = max(bound.n_groups for bound in groups)
            noise = self._find_noise_threshold(len(images), max(n_groups, 1))
            last = scale_thresholds(last or GroupL0(0.5), max(noise, _LEAST * brightest) or 1.0)
        assert last is not None
        penalties = lower_thresholds(last, _FIRST * brightest, self.length, config.max_iter)
        return _Part(channels, groups, penalties)

    @property
    def length(self) -> float:
        """The length of proximal steps: one where thresholds are given in units of the noise."""
        return self.step if self.config.noise_level is None else 1.0

    def _find_noise_threshold(self, n_channels: int, n_groups: int) -> float:
        """Return the threshold of one unit for the noise of some channels in ``A^H y / L``."""
        data, n_pixels = self.problem.data, prod(self.shape)
        reals_per_datum = 2 if np.iscomplexobj(data) else 1
        sigma = (self.config.noise_level or 0.0) / sqrt(reals_per_datum * self.problem.n_data)
        n_reals = n_channels * (2 if self.problem.dtype.kind == "c" else 1)
        energy = self.problem.operator.row_energy
        part = 1.0 if energy is None else energy * self.step  # of the longest row's
        sigma *= sqrt(data.size / n_pixels * self.step * part)
        if self.config.penalty is not None:
            return find_typical_threshold(sigma, n_reals)
        return find_universal_threshold(sigma, n_reals, n_groups)

    def run(self) -> Solution:
        """Iterate as often as planned, or until the callback stops."""
        n_planned = self.config.max_iter
        status, iteration = Status.CONVERGED, 0
        for iteration in range(1, n_planned + 1):
            if iteration <= n_planned - self.mean.n_expected:
                self._extrapolate(min((iteration - 1) / (iteration + 2), self.config.momentum))
            n_active = self._iterate(iteration)
            if iteration > n_planned - self.mean.n_expected:
                self.mean.add(self.images)
            residual_norm = self._record(iteration, n_active)
            if not np.isfinite(residual_norm):
                status = Status.DIVERGED
                break
            progress = Progress(iteration, iteration / n_planned, residual_norm, n_active)
            if self.config.callback is not None and self.config.callback(progress):
                status = Status.STOPPED
                break
        return self._make_solution(status, iteration)

    def _extrapolate(self, factor: float) -> None:
        """Go on from the last two images by `factor` times their difference."""
        if not self.config.momentum:
            return
        before, self.before = self.before, (self.images, self.residual)
        if before is not None:
            scale = scalar_like(factor, self.images)
            self.images = self.images + scale * (self.images - before[0])
            self.residual = self.residual + scale * (self.residual - before[1])

    def _iterate(self, iteration: int) -> int:
        """Take a step, shortened where necessary; return the number of active groups."""
        shift = self.rng.integers(0, self.shape[1:]).tolist()
        ascent = self._correlate(self.residual)
        while True:
            images, n_active = self._step(ascent, shift, iteration)
            residual = self._compute_residual(images)
            moved = _sum_squares(images - self.images)
            curved = 0.0 if self.bounded else _sum_squares(residual - self.residual)
            # What is not finite must end the search, too.
            if not (1 + _ROUNDING) * moved / self.step < curved < np.inf:
                break
            self.step = min(self.step / 2, moved / curved)
        self.change = sqrt(moved)
        self.images, self.residual = images, residual
        return n_active

    def _step(self, ascent: Array, shift: list[int], iteration: int) -> tuple[Array, int]:
        """Return the images after gradient step and thresholds, and the number of active groups."""
        turn = (iteration - 1) % len(self.config.bases)
        basis = self.config.bases[turn]
        images = ascent * scalar_like(self.step, ascent)
        images += self.images
        coefs = basis.adjoint_rolled(images, shift)
        n_active = 0
        for part in self.parts:
            kept, norms = part.penalties[iteration - 1].prox_with_norms(
                coefs[part.channels], self.length, part.groups[turn]
            )
            coefs[part.channels] = kept
            n_active += int(np.count_nonzero(norms))
        images = basis.apply_rolled(coefs, shift)
        return images.astype(self.problem.dtype, copy=False), n_active

    def _correlate(self, residual: Array) -> Array:
        """Return ``A^H r`` as images."""
        if self.back is not None:
            return residual
        images: Array = self.problem.operator.adjoint(residual)
        return images.reshape(self.shape)

    def _compute_residual(self, images: Array) -> Array:
        """Return ``y - A x``, or ``A^H (y - A x)``."""
        x = images.reshape(self.problem.shape)
        if self.back is not None:
            normal = self.problem.operator.normal(x).reshape(self.shape)
            return np.subtract(self.back, normal, out=normal)
        predicted = self.problem.operator.apply(x)
        difference: Array = self.problem.data - predicted
        return difference

    def _record(self, iteration: int, n_active: int) -> float:
        """Keep the history, and return the residual norm."""
        residual_norm = float(np.linalg.norm(self.residual))
        threshold = find_threshold(self._largest_penalty(iteration), self.length)
        self.history.record(threshold=threshold, n_active=n_active, residual_norm=residual_norm)
        return residual_norm

    def _make_solution(self, status: Status, iterations: int) -> Solution:
        images, certificate = self._average()
        coef = images.reshape(self.problem.shape)
        residual_norm = float(np.linalg.norm(self._compute_residual(images)))
        return Solution(
            coef=coef,
            active_groups=np.flatnonzero(self.problem.groups.norms(coef)),
            status=status,
            objective=residual_norm**2 / 2,
            certificate=certificate,
            alpha=self._find_alpha(self._largest_penalty(iterations)),
            residual_norm=residual_norm,
            iterations=iterations,
            seconds=perf_counter() - self.began,
            history=self.history.as_arrays(),
        )

    def _largest_penalty(self, iteration: int) -> GroupNormPenalty:
        """Return the penalty of an iteration, the largest among those of all channels."""
        penalties = [part.penalties[iteration - 1] for part in self.parts]
        return max(penalties, key=lambda penalty: float(penalty.alpha))

    def _find_alpha(self, penalty: GroupNormPenalty) -> float:
        """Return the strength of which a proximal step of the gradient's length has thresholds."""
        threshold = find_threshold(penalty, self.length)
        hard = isinstance(penalty, GroupL0)
        return threshold**2 / (2 * self.step) if hard else threshold / self.step

    def _average(self) -> tuple[Array, Certificate]:
        """Return the mean, or the last images where there is none yet, and their certificate."""
        images = self.mean.compute() if self.mean.count else self.images
        doubt = self.mean.measure_doubt()
        size = float(np.linalg.norm(images))
        moved = self.change if doubt is None else doubt
        return images, Certificate(CertificateKind.STATIONARITY, moved / size if size else 0.0)


def _resolve_shape(problem: Problem, bases: Sequence[Operator]) -> Shape:
    """Return the shape of the images with an axis of channels; a `ValueError` if none fits."""
    shapes = {basis.range_shape for basis in bases}
    if len(shapes) > 1:
        raise ValueError(f"basis: all must be of images of one shape, got {sorted(shapes)}")
    basis, image = bases[0], shapes.pop()
    n_leading = len(problem.shape) - len(image)
    if n_leading < 0 or problem.shape[n_leading:] != image:
        raise ValueError(
            f"the problem must be for images of shape {image}, or that behind axes of channels, "
            f"to fit {basis!r}; got {problem.shape}"
        )
    if any(b.dtype.kind == "c" for b in bases) and problem.dtype.kind != "c":
        raise ValueError(f"basis must be real, as operator and data are; got {basis!r}")
    return (prod(problem.shape[:n_leading]), *image)


def _find_channel_sets(channel_labels: IntArray | None, n_channels: int) -> list[Channels]:
    """Return the channels of every label; a `ValueError` if there are not as many as labels."""
    if channel_labels is None:
        return [slice(None)]
    labels = as_index_array(channel_labels, "channel_labels")
    if labels.shape != (n_channels,):
        raise ValueError(
            f"channel_labels must have one label for each of the {n_channels} channels, "
            f"got {shorten(channel_labels)}"
        )
    values = np.unique(labels)
    if values.size == 1:
        return [slice(None)]
    return [np.flatnonzero(labels == value) for value in values]


def _sum_squares(x: Array) -> float:
    """Return the squared norm."""
    return float(squared_magnitude(x).sum())
