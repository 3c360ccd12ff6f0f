"""The HTTP API, described for machines."""
