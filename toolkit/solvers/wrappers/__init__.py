"""Solvers that use another solver."""
