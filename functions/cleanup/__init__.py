"""Administrators take everything that the sync created back out."""
