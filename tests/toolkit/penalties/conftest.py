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
    "MCP with ridge": lambda groups: WithRidge(GroupMCP(0.8, 1.5), 0.2),
}


@pytest.fixture(params=PENALTIES)
def penalty(request, groups) -> Penalty:
    """Every penalty, for these groups."""
    return PENALTIES[request.param](groups)
