"""Pairs and their receipts in Tables."""
