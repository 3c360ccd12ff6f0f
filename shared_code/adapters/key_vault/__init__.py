"""Azure Key Vault: the one place where tokens lie at rest."""
