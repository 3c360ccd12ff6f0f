"""A local Microsoft Graph, Entra, Key Vault and SalesExec: stateful simulators with the vendors' own rules."""
