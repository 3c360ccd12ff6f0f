"""What each address of Graph does."""
