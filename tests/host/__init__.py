"""The Functions host, on small apps of its own."""
