"""Who is polled, and whose turn it is."""
