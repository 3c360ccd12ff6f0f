"""The other stores that are kept in Tables."""
