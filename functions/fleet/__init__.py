"""Administrators see how everybody's sync is doing."""
