"""Triggers: each parses, calls one use case, maps the result."""
