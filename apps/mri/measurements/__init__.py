"""What is known of measured samples: their operator, their noise, and whether they make sense."""
