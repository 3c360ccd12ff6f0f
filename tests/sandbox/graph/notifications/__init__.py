"""Change notifications, simulated."""
