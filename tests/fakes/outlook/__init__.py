"""What Exchange makes of what is written to it, for the fake calendars: pure."""
