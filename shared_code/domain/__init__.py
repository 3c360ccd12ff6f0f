"""Values and rules of the sync: pure, no I/O, no clock, no environment, no logging."""
