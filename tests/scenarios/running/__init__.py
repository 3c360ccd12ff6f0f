"""Connections, tokens, health, and a host that dies."""
