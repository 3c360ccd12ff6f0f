"""Whether the app is able to work at all."""
