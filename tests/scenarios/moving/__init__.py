"""Appointments that change hands."""
