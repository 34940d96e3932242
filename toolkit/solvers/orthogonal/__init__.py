"""Solvers of the orthogonally weighted l2,1 problem."""
