"""Whole histories over HTTP: the real app and its adapters, Azurite, the simulators, and a host that is killed."""
