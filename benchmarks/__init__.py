"""Benchmarks of groupsparse against other packages; no part of the wheel."""
