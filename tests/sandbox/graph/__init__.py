"""The Graph simulator, asked over HTTP."""
