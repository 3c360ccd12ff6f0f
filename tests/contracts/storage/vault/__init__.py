"""What is kept in the vault, and what is encrypted with it."""
