"""The rules, without any outside system."""
