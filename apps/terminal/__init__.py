"""What the terminal shows: tables, progress, messages."""
