"""Simulated cases with a known truth."""
