"""Every solver of the table, on the same problem in other units: powers of two are exact."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from groupsparse.toolkit.convergence import ConvergenceWarning
from groupsparse.toolkit.operators import Channelwise, Convolution, Operator
from groupsparse.toolkit.penalties import (
    L21,
    GroupMCP,
    GroupSCAD,
    OrthogonallyWeightedL21,
    Penalty,
    WithRidge,
)
from groupsparse.toolkit.problem import Problem
from groupsparse.toolkit.solution import Solution, Status
from groupsparse.toolkit.solvers import (
    FISTA,
    FastMarginalLikelihood,
    SimultaneousNIHT,
    SpectralProjectedGradient,
)
from groupsparse.toolkit.solvers.solver import Solver

from .conftest import ProblemRow

# Exponents for matrix and data, from end to end of the ranges of both precisions.
EXPONENTS = [(20, 20), (-20, -20), (0, -30), (140, 140), (-140, 140)]


def _scale_penalty(penalty: Penalty, a: float, y: float) -> Penalty:
    """Return the penalty in the units of a matrix times `a` and data times `y`."""
    if isinstance(penalty, WithRidge):
        core = _scale_penalty(penalty.core, a, y)
        return replace(penalty, penalty=core, ridge=penalty.ridge * a**2)
    if isinstance(penalty, OrthogonallyWeightedL21):
        return replace(penalty, alpha=penalty.alpha * y**2)
    return penalty.with_alpha(penalty.alpha * a * y)


def _scale_solver(solver: Any, a: float, y: float) -> Solver:
    """Return a solver in the units of a matrix times `a` and data times `y`."""
    if any(field.name == "penalty" for field in fields(solver)):
        return replace(solver, penalty=_scale_penalty(solver.penalty, a, y))
    scaled = {"noise_level": y, "alpha": y**2}
    changed = {name: getattr(solver, name, None) for name in scaled}
    return replace(
        solver,
        **{name: scaled[name] * value for name, value in changed.items() if value is not None},
    )


def _scale_array(values: np.ndarray, exponent: int) -> np.ndarray:
    return (values.astype(np.result_type(values, np.float64)) * 2.0**exponent).astype(values.dtype)


def _solve_scaled(solver: Solver, row: ProblemRow, exponents: tuple[int, int]) -> Solution:
    """Return the solution of a problem in other units."""
    a, y = exponents
    problem = Problem(_scale_array(row.matrix, a), _scale_array(row.data, y), row.labels)
    return _scale_solver(solver, 2.0**a, 2.0**y).solve(problem)


@pytest.mark.covering(2)
@pytest.mark.parametrize("exponents", EXPONENTS, ids=str)
def test_units_make_no_difference(make_solver, small, exponents):
    """Not even to the last bit in double precision, but where a solver's steps are absolute."""
    is_single = small.dtype in ("float32", "complex64")
    if is_single and max(map(abs, exponents)) > 100:
        exponents = tuple(int(np.sign(e)) * 100 for e in exponents)
    problem = small.problem()
    solver = make_solver(problem)
    penalty = getattr(solver, "penalty", None)
    if isinstance(penalty, GroupMCP | GroupSCAD):  # their concavity is in units of the columns
        exponents = (0, exponents[1])
    if isinstance(penalty, OrthogonallyWeightedL21):
        strength = 0.01 * float(np.linalg.norm(problem.data)) ** 2
        solver = replace(solver, penalty=OrthogonallyWeightedL21(strength))
    expected = solver.solve(problem)
    solution = _solve_scaled(solver, small, exponents)
    assert solution.status is expected.status
    back = solution.coef.astype(np.result_type(small.dtype, np.float64)) * 2.0 ** (
        exponents[0] - exponents[1]
    )
    atol = (2e-3 if is_single else 1e-7) * np.abs(expected.coef).max()
    np.testing.assert_allclose(back, expected.coef, atol=atol)
    np.testing.assert_array_equal(solution.active_groups, expected.active_groups)


@pytest.mark.parametrize("scale", [1e6, 1e-6, 1e-12, 1e18])
@pytest.mark.parametrize(
    "make",
    [
        lambda norm, critical: SimultaneousNIHT(n_groups=2),
        lambda norm, critical: SpectralProjectedGradient(noise_level=0.1 * norm),
    ],
)
def test_single_precision_of_any_scale_is_solved(make, scale):
    rng = np.random.default_rng(0)
    values, coef = rng.standard_normal((40, 60)), np.zeros((60, 3))
    coef[[5, 20]] = 1 + rng.random((2, 3))
    data = values @ coef
    given = Problem((scale * values).astype("float32"), (scale * data).astype("float32"))
    solver = make(scale * float(np.linalg.norm(data)), None)
    solution = solver.solve(given)
    assert solution.status is Status.CONVERGED
    assert set(solution.active_groups) >= {5, 20}
    np.testing.assert_allclose(solution.coef[[5, 20]], coef[[5, 20]], rtol=0.2)


@pytest.mark.parametrize("exponent", [-100, -40, 0, 40, 100])
def test_fast_marginal_likelihood_in_other_units(exponent):
    wavelets = [[1.0, 3.0, 1.0], [2.0, 2.0]]
    truth = np.zeros((2, 9))
    truth[:, [3, 4]] = [[1.0, -1.0], [2.0, 1.0]]
    unit = 2.0**exponent
    shots = Channelwise([Convolution(unit * np.array(wavelet), 9) for wavelet in wavelets])
    solution = FastMarginalLikelihood(noise_level=1e-3 * unit).solve(
        Problem(shots, shots.apply(truth))
    )
    assert solution.active_groups.tolist() == [3, 4]
    np.testing.assert_allclose(solution.coef, truth, atol=1e-8)


def test_what_is_not_finite_has_not_converged():
    """A linear map that shows its scale only when it is too late."""

    class Trap(Operator):
        domain_shape = range_shape = (2,)
        dtype = np.dtype(float)
        n_products = 0

        def _apply(self, x):
            return x

        def _adjoint(self, y):
            self.n_products += 1
            return y if self.n_products < 2 else y * np.nan

    problem = Problem(Trap(), np.ones(2))
    with pytest.warns(match="no longer finite"):
        solution = FISTA(L21(0.1)).solve(problem)
    assert solution.status is Status.DIVERGED


@pytest.mark.parametrize("start", [1e18, 1e40])
def test_a_start_so_far_away_that_a_step_is_rounded_off(start):
    problem = Problem(np.eye(3) * [1.0, 2.0, 3.0], np.ones(3))
    with pytest.warns(ConvergenceWarning, match="largest number of iterations"):
        solution = FISTA(L21(0.1), max_iter=5).solve(problem, np.full(3, start))
    assert np.isfinite(solution.objective)


@pytest.mark.parametrize(
    ("solver", "name"),
    [
        (FISTA(L21(1e30)), "alpha"),
        (FISTA(L21(1.0, [1e-30, 1.0])), "group_weights"),
        (SpectralProjectedGradient(radius=1e30), "radius"),
    ],
)
def test_numbers_that_single_precision_cannot_square_are_refused_in_it(solver, name):
    with pytest.raises(ValueError, match=f"{name} is .*in single precision"):
        solver.solve(Problem(np.eye(2, dtype="float32"), np.ones(2, "float32")))
    solution = solver.solve(Problem(np.eye(2), np.ones(2)))
    assert np.isfinite(solution.objective)


def test_group_weights_out_of_range_are_refused():
    with pytest.raises(ValueError, match="group_weights must be zero, infinite or from 1e-45"):
        L21(1.0, [0.0, 1e-300, np.inf])
