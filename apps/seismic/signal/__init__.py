"""Wavelets, travel times, noise: what turns reflectors into traces."""
