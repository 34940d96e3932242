"""Reading and writing SEG-Y files."""
