"""Taking it all back out."""
