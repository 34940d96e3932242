"""Sampling of the Fourier plane: masks."""
