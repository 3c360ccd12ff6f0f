"""A rep connects her calendar: every way there, and every way it goes wrong."""
