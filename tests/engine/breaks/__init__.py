"""The engine broken on purpose, one mechanism at a time: each break must be caught, or the proof is worth nothing."""
