"""How Graph's requests are read and its answers are written."""
