"""The pure parts of the Graph adapter, and its requests against a scripted server."""
