"""Receiver coils: noise, compression, sensitivities."""
