"""Stories over HTTP: the real app under Microsoft's worker, with everything around it simulated."""
