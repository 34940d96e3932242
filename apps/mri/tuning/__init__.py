"""What the data decide: the strength, and which channels share groups."""
