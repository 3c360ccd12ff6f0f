"""Work, and its messages."""
