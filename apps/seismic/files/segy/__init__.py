"""Readers and writers of SEG-Y files."""
