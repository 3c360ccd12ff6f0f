"""Microsoft Entra: signing a rep in, and access tokens in her name."""
