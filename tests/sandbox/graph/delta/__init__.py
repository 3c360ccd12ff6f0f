"""Change tracking, simulated."""
