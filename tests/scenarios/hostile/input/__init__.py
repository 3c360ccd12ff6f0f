"""Requests that cannot be right, by hand and by machine."""
