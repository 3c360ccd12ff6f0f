"""One appointment and its event: pushes, polls, claims, adoption, reconciling."""
