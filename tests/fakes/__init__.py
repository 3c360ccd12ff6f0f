"""In-memory stand-ins for the ports; each passes the same contract suite as the real adapter."""
