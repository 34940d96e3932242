"""Stability selection: the groups that are selected on most halves of the samples.

A path of any estimator is followed on both halves of many random splits, each
until it has selected `q` groups; a group is stable if at least a share `pi` of
the halves selected it. Meinshausen and Buehlmann (2010, theorem 1) bound the
expected number of false groups among `N` by ``q^2 / ((2 pi - 1) N)``; with the
complementary halves of Shah and Samworth (2013, theorem 1) this holds without
assumptions on the data, if a group is called false when a half selects it with
probability at most ``q / N``. The cost is that of ``2 n_pairs`` short paths on half of
the samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn import get_config
from sklearn.base import BaseEstimator, MetaEstimatorMixin, clone
from sklearn.exceptions import ConvergenceWarning
from sklearn.feature_selection import SelectorMixin
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing
from sklearn.utils.validation import check_is_fitted, validate_data

from ...arrays import Array, as_plain_array
from ...checks import check_count, check_fraction, check_positive
from ...execution.caller import warn_caller
from ...randomness import RandomState, draw_entropy
from ...reformulations.regression_form import Features, RegressionForm
from ...selection.strengths import MOST_ALPHAS
from ...short_text import shorten
from ..path_model import PathModel
from ..training import Training
from .half_paths import (
    Half,
    HalfPath,
    check_has_path,
    find_candidates,
    find_steps,
    follow_halves,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(eq=False, repr=False)
class StabilitySelection(SelectorMixin, MetaEstimatorMixin, BaseEstimator):
    """Select the groups of features that an estimator finds on most random halves of the samples.

    Parameters
    ----------
    estimator : GroupLasso, GroupOMPRegressor or another estimator with a path
        Its groups, weights and tolerance are used; its own strength or number of groups is not.
        Penalised estimators compare features by the size of their coefficients: standardise the
        features first. Their tolerance is 1e-5 along paths, unless theirs is larger.
    n_pairs : int, default 50
        The number of random splits into two halves. One sample is in neither
        half if their number is odd.
    threshold : float, default 0.75
        The share of halves that have to select a group, above 0.5 and at most 1.
    max_false : float, default 1.0
        The largest expected number of falsely selected groups. It determines
        `n_groups` if that is not given, and is not used otherwise.
    n_groups : int, optional
        The largest number of groups that each half selects; by default the largest that
        `threshold` and `max_false` allow, ``sqrt((2 threshold - 1) max_false N)``
        for `N` groups, but at least one, whose bound is `false_bound_`.
    alphas : int or array_like of float, default 100
        The number of strengths, or the strengths. Not used by estimators that count
        groups: their paths have one step for each number up to `n_groups`.
    eps : float, default 1e-2
        The smallest strength relative to the critical one of all samples, if `alphas` is a
        number; a tenth of the strengths are above that one, since the critical ones of halves
        may be. Paths end as soon as they have selected `n_groups`. For `GroupL0Regressor` as in
        `GroupL0RegressorCV`.
    random_state : int, Generator, RandomState or None, optional
        Determines the splits. The same integer gives the same result, whatever `n_jobs`.
    n_jobs : int, optional
        The number of halves at once: one by default, -1 for one per core. Each has one
        thread for linear algebra.
    verbose : int, default 0
        The level at which joblib reports progress.
    warm_start : bool, default False
        Whether pairs of the last fit are kept, if it had the same data and the same
        parameters except `n_pairs`, `threshold` and those that change no path: the result
        is the same as that of one fit.

    Attributes
    ----------
    frequencies_ : ndarray of float, shape (n_groups,)
        The share of halves that selected each group.
    path_frequencies_ : ndarray of float, shape (n_steps, n_groups)
        The share of halves that had selected each group at each step of the path.
    selected_groups_ : ndarray of int
        The groups whose frequency is at least the threshold.
    alphas_ : ndarray of float, shape (n_steps,)
        The strengths of the steps, falling; the same on all halves.
    n_groups_values_ : ndarray of int, shape (n_steps,)
        The numbers of groups, in place of `alphas_`, of estimators that count them.
    n_groups_ : int
        How many groups each half could select.
    false_bound_ : float
        A bound on the expected number of falsely selected groups, from the average
        number of groups that halves selected.
    groups_ : Groups
        The groups of features.
    halves_ : list of Half, length 2 * n_pairs
        The groups that each half selected, in their order, and at which steps; the two halves
        of a pair follow each other.
    n_features_in_ : int
        Features seen in `fit`.
    feature_names_in_ : ndarray of str, shape (n_features_in_,)
        Their names, if X has only names that are strings.

    Notes
    -----
    A group is selected on a half from the first step at which it is active.
    If more groups enter at one step than may still be selected, those with the
    largest coefficients count; so the bound holds for every estimator. Features in no
    group, and groups of weight zero, are part of every model: they are kept,
    and neither selected nor counted. Groups whose features are all constant beside an intercept
    are not counted either. Samples of weight zero are left out of the splits.

    References
    ----------
    N. Meinshausen and P. Buehlmann, Stability selection, J. R. Stat. Soc. B 72
    (2010). R. D. Shah and R. J. Samworth, Variable selection with error control:
    another look at stability selection, J. R. Stat. Soc. B 75 (2013).

    Examples
    --------
    >>> import numpy as np
    >>> from groupsparse.toolkit.estimators import GroupLasso
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((80, 40))
    >>> y = X[:, 4:8] @ [1.0, -2.0, 3.0, 1.0] + rng.standard_normal(80)
    >>> stability = StabilitySelection(GroupLasso(groups=4), n_pairs=10, random_state=0)
    >>> stability.fit(X, y).selected_groups_
    array([1])
    >>> stability.get_support(indices=True), stability.transform(X).shape
    (array([4, 5, 6, 7]), (80, 4))
    """

    estimator: PathModel
    _: KW_ONLY
    n_pairs: int = 50
    threshold: float = 0.75
    max_false: float = 1.0
    n_groups: int | None = None
    alphas: int | ArrayLike = 100
    eps: float = 1e-2
    random_state: RandomState = None
    n_jobs: int | None = None
    verbose: int = 0
    warm_start: bool = False

    def fit(self, X: Features, y: ArrayLike, **fit_params: Any) -> Self:
        """Count how often each group is selected.

        Parameters
        ----------
        X : array_like, DataFrame or sparse matrix, shape (n_samples, n_features)
            Features, real.
        y : array_like, shape (n_samples,) or (n_samples, n_targets)
            Targets, real.
        **fit_params : dict
            ``sample_weight``, for the estimator: weights of the samples, not negative. A
            sample of weight two is not two samples, which may fall into both halves.

        Returns
        -------
        StabilitySelection
            Itself.

        Raises
        ------
        ValueError
            If shapes do not fit, there are fewer than four samples, values are
            not finite, there is no group to select, a parameter is out of its range, or the
            estimator has no path.
        """
        sample_weight = self._route_weights(fit_params)
        check_has_path(self.estimator)
        self._check_parameters()
        base = clone(self.estimator)
        training = base.read_training(X, y, sample_weight)
        validate_data(self, X, skip_check_array=True)  # notes the features' names
        regression = training.make_whole_regression(explicit=base._explicit)
        path = self._make_path(base, training, regression)
        self.halves_ = self._follow_pairs(path)
        self._publish(path)
        self._warn_of_failures()
        return self

    def _route_weights(self, fit_params: dict[str, Any]) -> Any:
        """Return the weights that go to the estimator."""
        if get_config()["enable_metadata_routing"] and fit_params:
            fit_params = dict(process_routing(self, "fit", **fit_params).estimator.fit)
        unknown = set(fit_params) - {"sample_weight"}
        if unknown:
            raise ValueError(f"fit takes X, y and sample_weight, got {', '.join(sorted(unknown))}")
        return fit_params.get("sample_weight")

    def get_metadata_routing(self) -> MetadataRouter:
        """Return the routing of metadata: to the estimator's `fit`."""
        mapping = MethodMapping().add(caller="fit", callee="fit")
        mapping.add(caller="fit_transform", callee="fit")
        return MetadataRouter(owner=self).add(estimator=self.estimator, method_mapping=mapping)

    def _check_parameters(self) -> None:
        """Raise a `ValueError` if a parameter is out of its range whatever the data."""
        check_count("n_pairs", self.n_pairs)
        check_positive("max_false", self.max_false)
        threshold = self.threshold
        if not isinstance(threshold, Real) or not 0.5 < float(threshold) <= 1:
            raise ValueError(f"threshold must be above 0.5 and at most 1, got {threshold!r}")
        if self.n_groups is not None:
            check_count("n_groups", self.n_groups)
        n_axes = as_plain_array(self.alphas, "alphas").ndim
        if n_axes > 1:
            raise ValueError(
                f"alphas must be a number of strengths, or a sequence, got {shorten(self.alphas)}"
            )
        if not n_axes:
            check_count("alphas", self.alphas, most=MOST_ALPHAS)
        check_fraction("eps", self.eps)

    def _make_path(
        self, base: PathModel, training: Training, regression: RegressionForm
    ) -> HalfPath:
        """Return the path that is followed on every half, with the samples that have weight."""
        penalty = base._make_penalty_at(1.0)
        candidates = find_candidates(penalty, training.groups, regression.constant)
        n_most = self._find_most(int(np.count_nonzero(candidates)))
        values = find_steps(base, regression, self.alphas, self.eps, n_most)
        weighted = np.flatnonzero(training.weights > 0)
        if weighted.size < 4:
            raise ValueError(
                "X must have at least 4 samples, of positive weight, to be split into halves, "
                f"got n_samples = {weighted.size}"
            )
        if weighted.size < len(training.y):
            training = training.select(weighted)
        free = penalty.free_groups(training.groups)
        return HalfPath(base, training, values, free, candidates, n_most)

    def _find_most(self, n_candidates: int) -> int:
        """Return how many groups each half may select, at least one."""
        if self.n_groups is None:
            margin = 2 * float(self.threshold) - 1
            allowed = np.sqrt(margin * float(self.max_false) * n_candidates)
            # Rounding must not take one from a root that is a whole number.
            return int(np.clip(np.floor(allowed * (1 + 1e-12)), 1, n_candidates))
        if self.n_groups > n_candidates:
            raise ValueError(
                f"n_groups must be at most the number of groups, {n_candidates}, "
                f"got {self.n_groups}"
            )
        return int(self.n_groups)

    def _follow_pairs(self, path: HalfPath) -> list[Half]:
        """Return both halves of all pairs; those of the last fit are kept where they are equal."""
        seed = self.random_state if isinstance(self.random_state, Integral) else None
        key = (path.compute_fingerprint(), seed)
        last_key, entropy = getattr(self, "_last", (None, 0))
        last: list[Half] = []
        if self.warm_start and last_key == key:
            last = self.halves_[: 2 * self.n_pairs]
        else:
            entropy = draw_entropy(self.random_state)
        pairs = range(len(last) // 2, self.n_pairs)
        halves = last + follow_halves(path, entropy, pairs, self.n_jobs, self.verbose)
        self._last = key, entropy
        return halves

    def _publish(self, path: HalfPath) -> None:
        """Set the fitted attributes."""
        is_counted = path.estimator._strength != "alpha"
        self.__dict__.pop("alphas_" if is_counted else "n_groups_values_", None)
        setattr(self, "n_groups_values_" if is_counted else "alphas_", path.values)
        self.groups_ = path.training.groups
        self.n_groups_ = path.n_most
        self.path_frequencies_ = _count_frequencies(self.halves_, path)
        self.frequencies_ = self.path_frequencies_[-1].copy()
        self.selected_groups_ = np.flatnonzero(self.frequencies_ >= self.threshold)
        average = float(np.mean([half.groups.size for half in self.halves_]))
        margin = 2 * float(self.threshold) - 1
        self.false_bound_ = average**2 / (margin * int(path.candidates.sum()))
        self._kept = (self.frequencies_ >= self.threshold) | path.free

    def _warn_of_failures(self) -> None:
        n_failed = sum(not half.converged for half in self.halves_)
        if n_failed:
            can_raise = hasattr(self.estimator, "max_iter")
            advice = "; raise max_iter or tol of the estimator" if can_raise else ""
            warn_caller(
                f"{type(self).__name__}: the paths of {n_failed} of {len(self.halves_)} halves "
                f"have fits that did not converge{advice}",
                ConvergenceWarning,
            )

    def plot_path(self, ax: Axes | None = None, labels: Sequence[str] | None = None) -> Axes:
        """Plot the frequency of every group along the path.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            The axes to draw in; those of a new figure by default.
        labels : sequence of str, length n_groups, optional
            Names of the groups. By default those of the features if every group is one
            feature, else their numbers.

        Returns
        -------
        matplotlib.axes.Axes
            With selected groups in colour, the others in grey, and the threshold.

        Raises
        ------
        ValueError
            If there is another number of labels than of groups.
        NotFittedError
            Before `fit`.
        """
        from .stability_plot import StabilityPath, plot_stability_path

        check_is_fitted(self)
        path = StabilityPath(
            steps=self.alphas_ if hasattr(self, "alphas_") else self.n_groups_values_,
            frequencies=self.path_frequencies_,
            threshold=self.threshold,
            names=self._name_groups(labels),
            is_counted=not hasattr(self, "alphas_"),
        )
        return plot_stability_path(path, ax)

    def _name_groups(self, labels: Sequence[str] | None) -> list[str]:
        groups = self.groups_
        if labels is not None:
            if len(labels) != groups.n_groups:
                raise ValueError(
                    f"labels must be {groups.n_groups}, one per group, got {len(labels)}"
                )
            return [str(label) for label in labels]
        if np.all(groups.sizes == 1):
            if hasattr(self, "feature_names_in_"):
                return [str(name) for name in self.feature_names_in_[groups.indices]]
            return [f"feature {feature}" for feature in groups.indices]
        return [f"group {number}" for number in range(groups.n_groups)]

    def _get_support_mask(self) -> Array:
        check_is_fitted(self)
        return self.groups_.spread(self._kept)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.target_tags.required = True
        tags.target_tags.multi_output = True
        return tags


def _count_frequencies(halves: Sequence[Half], path: HalfPath) -> Array:
    """Return the share of halves that had selected each group, shape (n_steps, n_groups)."""
    counts = np.zeros((len(path.values), path.candidates.size), dtype=np.intp)
    for half in halves:
        counts[half.steps, half.groups] += 1
    result: Array = np.cumsum(counts, axis=0) / len(halves)
    return result
