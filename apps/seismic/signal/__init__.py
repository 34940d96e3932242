"""Wavelets, travel times and noise: the physics between reflectors and traces."""
