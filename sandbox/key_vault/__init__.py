"""Azure Key Vault's secrets, as the data plane speaks."""
