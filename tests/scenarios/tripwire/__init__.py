"""What a poll costs, and what the trip-wire hides."""
