"""The table of penalties: the conformance tests hold every row to the same properties."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from groupsparse.toolkit.groups import Groups
from groupsparse.toolkit.penalties import (
    L21,
    GroupL0,
    GroupMCP,
    GroupSCAD,
    Penalty,
    SparseGroup,
    WithBounds,
    WithRidge,
)

PENALTIES: dict[str, Callable[[Groups], Penalty]] = {
    "l21": lambda groups: L21(0.8),
    "l21 sqrt": lambda groups: L21(0.5, "sqrt"),
    "l21 weights": lambda groups: L21(0.7, np.linspace(0.5, 2, groups.n_groups)),
    "l21 weights 0 and inf": lambda groups: L21(
        0.7, np.resize([0, 1.5, np.inf], groups.n_groups).astype(float)
    ),
    "l0": lambda groups: GroupL0(1.2),
    "sparse group": lambda groups: SparseGroup(0.8, 0.3),
    "sparse group sqrt, mostly l1": lambda groups: SparseGroup(0.6, 0.9, "sqrt"),
    "sparse group, only l1": lambda groups: SparseGroup(0.6, 1.0),
    "sparse group weights 0 and inf": lambda groups: SparseGroup(
        0.7, 0.5, np.resize([0, 1.5, np.inf], groups.n_groups).astype(float)
    ),
    "sparse group of weighted features": lambda groups: SparseGroup(
        0.7, 0.4, "sqrt", feature_weights(groups, [0.5, 2, 0, 1, np.inf])
    ),
    "l1 of weighted features": lambda groups: SparseGroup(
        0.7, 1.0, None, feature_weights(groups, [0.5, 2, 1, np.inf])
    ),
    "MCP": lambda groups: GroupMCP(0.8),
    "MCP, concave beyond the square": lambda groups: GroupMCP(1.0, 1.01, "sqrt"),
    "MCP weights 0 and inf": lambda groups: GroupMCP(
        0.7, 2.5, np.resize([0, 1.5, np.inf], groups.n_groups).astype(float)
    ),
    "SCAD": lambda groups: GroupSCAD(0.6),
    "SCAD sqrt": lambda groups: GroupSCAD(0.4, 2.2, "sqrt"),
    "l21 with ridge": lambda groups: WithRidge(L21(0.7, "sqrt"), 0.3),
    "sparse group with ridge, weights 0 and inf": lambda groups: WithRidge(
        SparseGroup(0.7, 0.4, np.resize([0, 1.5, np.inf], groups.n_groups).astype(float)), 2.0
    ),
    "positive l21": lambda groups: WithBounds(L21(0.7, "sqrt")),
    "positive l21, weights 0 and inf": lambda groups: WithBounds(
        L21(0.7, np.resize([0, 1.5, np.inf], groups.n_groups).astype(float))
    ),
    "positive sparse group": lambda groups: WithBounds(SparseGroup(0.7, 0.4)),
    "positive l0": lambda groups: WithBounds(GroupL0(1.2)),
    "positive SCAD": lambda groups: WithBounds(GroupSCAD(0.6)),
    "negative, zero or of any sign": lambda groups: WithBounds(
        GroupMCP(0.8), np.resize([0, -np.inf, 0, -np.inf], 12), np.resize([np.inf, np.inf, 0], 12)
    ),
    "l21 in a box": lambda groups: WithBounds(L21(0.3), -0.5, 2.0),
    "l21 in a box, weights 0 and inf": lambda groups: WithBounds(
        L21(0.4, np.resize([0, 1.5, np.inf], groups.n_groups).astype(float)), -1.0, 0.6
    ),
    "sparse group in unequal boxes": lambda groups: WithBounds(
        SparseGroup(0.5, 0.3), np.resize([-0.3, 0, -np.inf], 12), np.resize([1, np.inf, 0.2, 3], 12)
    ),
    "sparse group with feature weights in a box and a ridge": lambda groups: WithRidge(
        WithBounds(
            SparseGroup(0.5, 0.3, None, feature_weights(groups, [0.5, 2, 0, 1, np.inf])), -1, 1
        ),
        0.3,
    ),
    "MCP with ridge": lambda groups: WithRidge(GroupMCP(0.8, 1.5), 0.2),
}


def feature_weights(groups: Groups, values: list[float]) -> np.ndarray:
    """Return these weights for the features of one channel, again and again."""
    return np.resize(values, (groups.features or groups).n_coefs).astype(float)


@pytest.fixture(params=PENALTIES)
def penalty(request, groups) -> Penalty:
    """Every penalty, for these groups."""
    made = PENALTIES[request.param](groups)
    dtype = request.node.callspec.params.get("dtype", "float64")
    if made.core is not made.base and np.dtype(dtype).kind == "c":
        pytest.skip("bounds are for real coefficients")
    return made
