"""Colour and multi-contrast images from partial Fourier data."""
