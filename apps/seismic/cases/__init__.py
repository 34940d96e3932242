"""Simulated cases with a known answer."""
