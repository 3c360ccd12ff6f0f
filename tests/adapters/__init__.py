"""Adapters by themselves: what they read, write and make of failures."""
