"""The group-sparse engine: groups, operators, penalties and solvers."""
