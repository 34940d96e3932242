"""Subspace methods: MUSIC and its relatives."""
