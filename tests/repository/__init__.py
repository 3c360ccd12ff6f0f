"""Docs, settings and house rules agree with the code."""
