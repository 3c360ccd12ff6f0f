"""Pushes that wait."""
