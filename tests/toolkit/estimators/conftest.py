"""The estimators, each with settings that suit small data, and such data."""

from functools import cache

import numpy as np
import pytest

from groupsparse.toolkit import estimators

# Every estimator with given parameters, as used on the data of `make_data`.
ESTIMATORS = {
    "GroupLasso": {"alpha": 0.3},
    "SparseGroupLasso": {"alpha": 0.3, "l1_ratio": 0.3},
    "LatentGroupLasso": {"alpha": 0.3},
    "GroupMCPRegressor": {"alpha": 0.3},
    "GroupSCADRegressor": {"alpha": 0.3},
    "GroupL0Regressor": {"n_groups": 2},
    "OrthogonallyWeightedRegressor": {"alpha": 0.3},
    "ConstrainedGroupLasso": {"noise_level": 6.0},
    "GroupOMPRegressor": {"n_groups": 2},
    "SimultaneousOMPRegressor": {"n_groups": 2},
    "RankAwareORMPRegressor": {"n_groups": 2},
    "SubspaceAugmentedMUSICRegressor": {"n_groups": 2},
    "SimultaneousNIHTRegressor": {"n_groups": 2},
}

# Every estimator that chooses its strength, with few strengths to choose from.
SEARCHES = {
    "GroupLassoCV": {"alphas": 6},
    "SparseGroupLassoCV": {"alphas": 6, "l1_ratio": [0.2, 0.8]},
    "LatentGroupLassoCV": {"alphas": 6},
    "GroupMCPRegressorCV": {"alphas": 6, "gamma": [2.0, 4.0]},
    "GroupSCADRegressorCV": {"alphas": 6},
    "GroupL0RegressorCV": {"alphas": 8},
    "OrthogonallyWeightedRegressorCV": {"alphas": 3, "gamma": 0.3},
    "GroupOMPRegressorCV": {"n_groups": 4},
    "SimultaneousOMPRegressorCV": {"n_groups": 4},
    "RankAwareORMPRegressorCV": {"n_groups": 4},
    "SubspaceAugmentedMUSICRegressorCV": {"n_groups": 4},
    "SimultaneousNIHTRegressorCV": {"n_groups": 4},
}

# Families of penalties that serve classes and survival times as well.
FAMILIES = {
    "GroupLasso": {"alpha": 0.02},
    "SparseGroupLasso": {"alpha": 0.02},
    "LatentGroupLasso": {"alpha": 0.02},
    "GroupMCP": {"alpha": 0.05},
    "GroupSCAD": {"alpha": 0.05},
    "GroupL0": {"n_groups": 2},
}
CLASSIFIERS = {family + "Classifier": settings for family, settings in FAMILIES.items()}
SURVIVAL = {family + "Survival": settings for family, settings in FAMILIES.items()}
KINDS_OF_SEARCHES = [f"{name}CV" for name in (*CLASSIFIERS, *SURVIVAL)]

# Those that stop at a number of groups or at a noise level.
COUNTED = [name for name, settings in ESTIMATORS.items() if "n_groups" in settings]

ACTIVE = (1, 3)


def make_data(n_targets=0, n_samples=60, seed=0):
    """Samples with 24 features in 6 groups of 4, two of them active, offset 5, noise 0.5."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_samples, 24)) + 2
    y = X @ true_coef(n_targets) + 5
    return X, y + rng.standard_normal(y.shape) / 2


def true_coef(n_targets=0):
    """The coefficients behind `make_data`."""
    rng = np.random.default_rng(1)
    coef = np.zeros((24, n_targets)[: 1 + (n_targets > 0)])
    for group in ACTIVE:
        coef[4 * group : 4 * group + 4] = rng.choice([-1.5, 1.5], coef[:4].shape)
    return coef


def make(name, **settings):
    """Return an estimator with its settings for these data."""
    table = ESTIMATORS if name in ESTIMATORS else SEARCHES
    return getattr(estimators, name)(**{"groups": 4, **table[name], **settings})


@pytest.fixture(params=ESTIMATORS)
def name(request) -> str:
    """Every estimator with given parameters."""
    return request.param


@pytest.fixture(params=SEARCHES)
def search_name(request) -> str:
    """Every estimator that chooses its strength."""
    return request.param


@pytest.fixture(params=[*ESTIMATORS, *SEARCHES])
def any_name(request) -> str:
    """Every estimator."""
    return request.param


@pytest.fixture
def all_names() -> list[str]:
    """The names of all estimators in the tables."""
    return [*ESTIMATORS, *SEARCHES]


@pytest.fixture
def names_of_kinds() -> list[str]:
    """The names of all classifiers and estimators of survival times."""
    return [*CLASSIFIERS, *SURVIVAL, *KINDS_OF_SEARCHES]


@pytest.fixture(params=CLASSIFIERS)
def classifier(request):
    """Every classifier, with settings for the data of `make_classes`."""
    return getattr(estimators, request.param)(groups=4, **CLASSIFIERS[request.param])


@pytest.fixture(params=SURVIVAL)
def survival(request):
    """Every estimator of survival times, with settings for the data of `make_times`."""
    return getattr(estimators, request.param)(groups=4, **SURVIVAL[request.param])


@pytest.fixture(params=KINDS_OF_SEARCHES)
def search_of_a_kind(request):
    """Every search among classifiers or estimators of survival times, over few strengths."""
    return getattr(estimators, request.param)(groups=4, alphas=12, cv=3)


def make_classes(n_classes=2, n_samples=120, seed=0):
    """Samples as in `make_data`, with labels of classes."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_samples, 24)) + 2
    scores = (X - 2) @ np.stack([true_coef() * sign for sign in (1, -1, 0)[:n_classes]], axis=1)
    codes = np.argmax(scores + rng.gumbel(size=scores.shape), axis=1)
    return X, np.array(["well", "sick", "dead"])[codes]


def make_times(n_samples=120, seed=0):
    """Samples as in `make_data`, with events and times; those after time 2 are censored."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n_samples, 24)) + 2
    times = rng.exponential(np.exp(-(X - 2) @ true_coef() / 2)) + 0.01
    y = np.empty(n_samples, [("event", bool), ("time", float)])
    y["event"], y["time"] = times < 2, np.minimum(times, 2)
    return X, y


@pytest.fixture
def classes():
    """Make samples with classes."""
    return make_classes


@pytest.fixture
def times():
    """Make samples with survival times."""
    return make_times


@pytest.fixture
def build():
    """Make an estimator by name."""
    return make


@pytest.fixture(scope="session")
def plain():
    """Estimators by name, fitted to data of one target: made once, not to be changed."""
    return cache(lambda name: make(name).fit(*make_data()))


@pytest.fixture
def truth():
    """The coefficients behind the data of one target."""
    return true_coef()


@pytest.fixture
def data():
    """Make data."""
    return make_data
