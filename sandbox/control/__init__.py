"""The sandbox's control plane."""
