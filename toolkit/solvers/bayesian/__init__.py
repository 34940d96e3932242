"""Sparse Bayesian learning."""
