"""Applications: load or simulate, operator, solver, metrics, report."""
