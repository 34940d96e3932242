"""Base class of regressors that choose their strength: by cross-validation or a criterion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn import get_config
from sklearn.model_selection import check_cv
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping, process_routing

from ...arrays import Array, as_plain_array
from ...checks import as_strengths, check_choice, check_count, check_flag
from ...convergence import without_warnings
from ...reformulations.regression_form import Features, RegressionForm
from ...solution import Solution, Status
from ..group_model import GroupModel
from ..kinds.targets import LARGER_IS_BETTER
from ..path_model import PathModel
from ..training import Training
from .path_scores import CRITERIA, Candidate, PathScores, score_by_folds, score_by_rule
from .splits import make_splits


@dataclass(eq=False, repr=False, kw_only=True)
class StrengthSearch(GroupModel):
    """An estimator that chooses its strength.

    A subclass names the estimator (`_estimator`), the parameter that holds the
    strengths to try (`_values`) and those that may be lists (`_tuned`).
    """

    _estimator: ClassVar[type[PathModel]]
    _values: ClassVar[str]
    _tuned: ClassVar[tuple[str, ...]] = ()

    cv: Any = None
    criterion: str | None = None
    noise_level: float | None = None
    one_standard_error: bool = False
    n_jobs: int | None = None
    verbose: int = 0

    def fit(
        self,
        X: Features,
        y: Any,
        sample_weight: ArrayLike | None = None,
        offset: ArrayLike | None = None,
        **params: Any,
    ) -> Self:
        """Choose the strength, and fit the model with it to all samples.

        Parameters
        ----------
        X : array_like, DataFrame or sparse matrix, shape (n_samples, n_features)
            Features, real.
        y : array_like, shape (n_samples,) or (n_samples, n_targets)
            Targets, as those of the estimator.
        sample_weight : array_like of float, shape (n_samples,), optional
            Weights of the samples, in fits and in errors.
        offset : array_like of float, optional
            Known part of the linear model, in fits and in errors.
        **params : dict
            Arguments of the splitter `cv`, such as `groups`, the groups of samples that
            are kept together. Any other has to be routed to it.

        Returns
        -------
        StrengthSearch
            Itself.

        Raises
        ------
        ValueError
            As for `GroupLasso.fit`, if there are fewer samples than folds or a fold has none
            of them, or the criterion lacks its noise level.
        """
        splitting = self._split_params({"sample_weight": sample_weight, "offset": offset}, params)
        self._check()
        training = self.read_training(X, y, sample_weight, offset)
        regression = training.make_whole_regression(explicit=self._estimator._explicit)
        with without_warnings():
            candidates = self._make_candidates(regression)
            paths = self._score(training, regression, candidates, splitting)
            best = int(np.argmin([np.nanmin(path.scores) for path in paths]))
            solution = self._refit(regression, candidates[best], paths[best])
        self._publish(training, regression, solution)
        self._publish_choice(candidates, paths, best)
        n_failed = sum(path.n_failed for path in paths)
        if n_failed:
            n_fits = sum(path.table.size for path in paths)
            self._warn(f"{n_failed} of {n_fits} fits to folds did not converge")
        if not solution.status.is_success:
            self._warn(self._describe_end(solution))
        return self

    @property
    def _measure(self) -> str:
        """The name of the measure by which folds are compared."""
        return "mse"

    def _check(self) -> None:
        check_flag("one_standard_error", self.one_standard_error)
        if self.criterion is not None:
            check_choice("criterion", self.criterion, (None, *CRITERIA))
        if self.criterion == "discrepancy" and self.noise_level is None:
            raise ValueError('criterion="discrepancy" needs noise_level, the norm of the noise')

    def _make_candidates(self, regression: RegressionForm) -> list[Candidate]:
        """Return every setting of the parameters that may be lists, with its strengths."""
        settings: list[dict[str, Any]] = [{}]
        for name in self._tuned:
            values = np.atleast_1d(as_plain_array(getattr(self, name), name)).tolist()
            if not values:
                raise ValueError(f"{name} must be a number or several, got none")
            settings = [{**setting, name: value} for setting in settings for value in values]
        return [self._make_candidate(regression, setting) for setting in settings]

    def _make_candidate(self, regression: RegressionForm, setting: dict[str, Any]) -> Candidate:
        own = self.get_params(deep=False)
        taken = {
            name: own[name]
            for name in self._estimator().get_params()
            if name in own and name not in (self._values, "noise_level")
        }
        is_coarse = taken.get("tol", 0.0) is None  # along paths, unless the user gives a tolerance
        if is_coarse:
            del taken["tol"]
        estimator = self._estimator(**{**taken, **setting})
        follower = estimator._coarsen() if is_coarse else estimator
        asked = getattr(self, self._values)
        if not as_plain_array(asked, self._values).ndim:
            check_count(self._values, asked)
            grid = self._make_grid(estimator, regression, int(asked))
        else:
            grid = _check_values(self._values, asked, estimator._strength)
        return Candidate(estimator, grid, follower)

    def _make_grid(self, estimator: PathModel, regression: RegressionForm, n_values: int) -> Array:
        """Return so many strengths that suit the data, from the sparsest solution on."""
        raise NotImplementedError

    def _score(
        self,
        training: Training,
        regression: RegressionForm,
        candidates: Sequence[Candidate],
        splitting: dict[str, Any],
    ) -> list[PathScores]:
        """Return the scores of every candidate, by folds or by the criterion."""
        if self.criterion is not None:
            rule = CRITERIA[self.criterion](self._scale_level(self.noise_level, regression))
            return [score_by_rule(candidate, regression, rule) for candidate in candidates]
        splits = make_splits(self.cv, training, splitting)
        return score_by_folds(
            candidates,
            training,
            splits,
            measure=self._measure,
            one_standard_error=self.one_standard_error,
            n_jobs=self.n_jobs,
            verbose=self.verbose,
        )

    def _refit(
        self, regression: RegressionForm, candidate: Candidate, path: PathScores
    ) -> Solution:
        """Return the solution at the chosen strength, on all samples."""
        estimator, values, follower = candidate
        last = path.solution
        if last is None:
            *_, last = follower._follow(regression, values[: path.chosen + 1])
        refined = estimator._refine(regression, last)
        if last.status is Status.NOISE_LEVEL_NOT_REACHED:
            return replace(refined, status=last.status)
        return refined

    def _publish_choice(
        self, candidates: Sequence[Candidate], paths: Sequence[PathScores], best: int
    ) -> None:
        """Set the values tried, their scores and those chosen, under the parameters' names."""
        for name in [name for name in vars(self) if name.endswith("_path_")]:
            del self.__dict__[name]
        measure = self._measure if self.criterion is None else "criterion"
        sign = -1 if measure in LARGER_IS_BETTER else 1
        setattr(self, f"{measure}_path_", self._stack([sign * path.table for path in paths]))
        estimator, values, _ = candidates[best]
        strength = estimator._strength
        several = "alphas_" if strength == "alpha" else "n_groups_values_"
        setattr(self, strength + "_", values[paths[best].chosen].item())
        setattr(self, several, self._stack([each.values for each in candidates]))
        for name in self._tuned:
            setattr(self, name + "_", getattr(estimator, name))

    def _stack(self, arrays: Sequence[Array]) -> Array:
        """Return one array of all candidates, with an axis for them only if lists were given."""
        is_listed = any(np.ndim(getattr(self, name)) for name in self._tuned)
        return np.stack(arrays) if is_listed else arrays[0]

    def _split_params(
        self, arguments: dict[str, ArrayLike | None], params: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the arguments of the splitter."""
        if get_config()["enable_metadata_routing"]:
            routed = process_routing(self, "fit", **arguments, **params)
            return dict(routed.splitter.split)
        unknown = set(params) - {"groups"}
        if unknown:
            raise ValueError(
                "fit takes X, y, sample_weight, offset and groups, got "
                f"{', '.join(sorted(unknown))}; with enable_metadata_routing "
                "others can be routed to the splitter"
            )
        return params

    def get_metadata_routing(self) -> MetadataRouter:
        """Return the routing of metadata: weights to `fit`, what the splitter takes to it."""
        router = MetadataRouter(owner=self).add_self_request(self)
        mapping = MethodMapping().add(caller="fit", callee="split")
        return router.add(splitter=check_cv(self.cv), method_mapping=mapping)


def _check_values(name: str, asked: ArrayLike, strength: str) -> Array:
    """Return strengths, or numbers of groups, from the sparsest solution on."""
    values = np.unique(as_strengths(name, asked))
    is_count = strength == "n_groups"
    if is_count and np.any(values != np.round(values)):
        raise ValueError(f"{name} must be integers, got {asked!r}")
    return values.astype(np.intp) if is_count else values[::-1]
