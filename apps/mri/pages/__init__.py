"""The pages of the MRI application: the demonstration, and the report of one reconstruction."""
