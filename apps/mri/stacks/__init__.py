"""Stacks of slices, and volumes, larger than memory and resumable."""
