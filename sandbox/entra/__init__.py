"""Microsoft Entra ID, and the managed identity endpoint of an App Service machine."""
