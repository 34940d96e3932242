"""Every loss and convex penalty against other programs, by the cases of the benchmarks.

``python -m benchmarks references`` compares many more of them.
"""

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).parents[3]

LOSSES = (
    "squared", "huber", "logistic", "multinomial", "poisson", "cox breslow", "cox efron",
    "cox strata",
)  # fmt: skip
PENALTIES = (
    "l21", "l21 + ridge", "sparse group", "sparse group + ridge", "latent overlap",
    "latent overlap + ridge", "l21 + bounds", "sparse group + bounds", "l21 + bounds + ridge",
)  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def _benchmarks():
    """Make the benchmarks importable, where there are any."""
    if not (ROOT / "benchmarks" / "references").is_dir():
        pytest.skip("only in a checkout: no benchmarks beside tests/")
    sys.path.insert(0, str(ROOT))
    yield
    sys.path.remove(str(ROOT))


@pytest.mark.filterwarnings("ignore:Solution may be inaccurate")
@pytest.mark.parametrize("penalty", PENALTIES)
@pytest.mark.parametrize("loss", LOSSES)
def test_the_optimum_is_that_of_a_conic_program(loss, penalty):
    pytest.importorskip("cvxpy")
    from benchmarks.references import conic, problems

    case = problems.draw_case(loss, penalty, LOSSES.index(loss))
    outcomes = dict(conic.compare(case))
    assert len(outcomes) == (1 if "bounds" in penalty else 2)
    for outcome in outcomes.values():
        assert outcome.agrees, outcome
        assert outcome.is_bounded, outcome
        assert outcome.converged, outcome


def test_all_losses_and_penalties_of_the_benchmark_are_tested():
    from benchmarks.references import problems

    assert problems.LOSSES == LOSSES
    assert problems.PENALTIES == PENALTIES


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_without_a_penalty_coefficients_are_those_of_statsmodels():
    pytest.importorskip("statsmodels")
    from benchmarks.references import regressions

    table = regressions.compare_regressions(SimpleNamespace(problems=1))
    assert table.count("1/1") == 2 * len(regressions.MODELS), table


def test_groups_of_one_are_the_l1_logistic_regression():
    from benchmarks.references import lassos

    table = lassos.compare_logistic(SimpleNamespace(problems=1))
    assert table.count("1/1") == 2 * len(lassos.SHARES), table
