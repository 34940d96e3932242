"""Readers and writers of surveys, wavelets and velocities."""
