"""What the product does, one module per deed: gather, decide, act, remember."""
