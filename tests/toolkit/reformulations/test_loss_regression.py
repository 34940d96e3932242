"""A linear model of any loss as a recovery problem, against the formula in plain NumPy."""

import numpy as np
import pytest
import scipy.sparse as sp

from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.losses import Poisson
from groupsparse.toolkit.reformulations.loss_regression import LossRegression

RNG = np.random.default_rng(0)
X = RNG.standard_normal((15, 6)) + 3
Y = RNG.poisson(3.0, (15, 2)).astype(float)
WEIGHTS = RNG.uniform(0.5, 2, 15)
OFFSET = RNG.standard_normal((15, 2))
GROUPS = Groups.blocks(2, 6)


def explain(slopes, intercept):
    """The weighted mean of the deviances, halved."""
    image = X @ slopes + intercept + OFFSET
    least = Y - Y * np.log(np.maximum(Y, 1))
    losses = np.exp(image) - Y * image - least
    return (WEIGHTS @ losses.sum(axis=1)) / WEIGHTS.sum()


@pytest.mark.parametrize("kind", [np.asarray, sp.csr_array])
@pytest.mark.parametrize("has_column", [True, False])
def test_it_is_the_weighted_mean_of_the_losses(kind, has_column):
    regression = LossRegression(
        kind(X),
        Y,
        GROUPS,
        loss=Poisson(),
        sample_weight=WEIGHTS,
        offset=OFFSET,
        has_column=has_column,
    )
    problem = regression.problem
    coef = RNG.standard_normal(problem.shape)
    slopes, intercept = regression.slopes(coef), regression.intercept(coef)
    image = problem.operator.apply(coef)
    if not has_column:  # of a loss that no constant changes: the mean of the linear model is zero
        np.testing.assert_allclose(WEIGHTS @ (X @ slopes + intercept), 0, atol=1e-10)
        intercept = -X.mean(axis=0) @ slopes
    assert problem.term.deviance(image) / 2 == pytest.approx(explain(slopes, intercept))
    assert regression.scale == pytest.approx(np.sqrt(WEIGHTS.sum()))
    np.testing.assert_allclose(regression.join(slopes, intercept), coef)
    assert problem.groups.n_groups == 3
    assert problem.shape == (6 + has_column, 2)


def test_single_precision_is_centred_entry_by_entry():
    far = (1000 * X + 1e5).astype(np.float32)
    regression = LossRegression(
        far, Y[:, 0].astype("f4"), GROUPS, loss=Poisson(), sample_weight=np.ones(15)
    )
    exact = far.astype(float) - far.astype(float).mean(axis=0)
    columns = regression.problem.operator.matrix.columns(np.arange(6)).T
    np.testing.assert_allclose(columns, exact, rtol=1e-4, atol=0.02)
