"""Loaders of real data and generators of synthetic problems."""
