"""Sensitivities of receiver coils from fully sampled data (ESPIRiT)."""

from .eigenmaps import find_eigenmaps
from .patches import correlate_signal_kernels

__all__ = ["correlate_signal_kernels", "find_eigenmaps"]
