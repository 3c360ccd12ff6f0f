"""The pure parts of the SalesExec adapter."""
