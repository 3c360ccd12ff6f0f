"""Batches, simulated."""
