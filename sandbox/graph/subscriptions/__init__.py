"""Change notifications: who wants to be told of what, and telling them."""
