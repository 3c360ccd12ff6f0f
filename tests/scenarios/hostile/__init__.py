"""What must not get through: bad requests, live markup, addresses that lead away, and words that nobody may keep."""
