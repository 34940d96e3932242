"""What targets mean: numbers, classes or survival times, each with its mix-in."""
