"""Equivalent forms of a recovery problem that solvers and diagnostics work on."""
