"""The simulators, driven as their clients drive them."""
