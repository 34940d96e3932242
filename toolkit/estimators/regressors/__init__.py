"""Regressors, one file each."""
