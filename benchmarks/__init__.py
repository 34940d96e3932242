"""Benchmarks of groupsparse against other packages; not part of the wheel."""
