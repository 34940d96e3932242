"""Folded concave penalties of group norms: MCP and SCAD."""
