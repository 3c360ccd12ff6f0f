"""The outside systems, one folder each, plugged into the ports of the use cases."""
