"""Entra's adapter, without Entra."""
