"""Pairs, their events and receipts."""
