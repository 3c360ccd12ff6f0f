"""Storage and Key Vault: what the stores, the queues and the vault do."""
