"""Stability selection."""
