"""Microsoft's worker library, driven in this process."""
