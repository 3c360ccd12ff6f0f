"""The deeds, over fakes."""
