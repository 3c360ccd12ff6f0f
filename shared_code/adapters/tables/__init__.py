"""Azure Tables: everything the sync remembers."""
