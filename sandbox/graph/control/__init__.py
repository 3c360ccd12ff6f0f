"""The control plane of Graph: a person's hand in Outlook, limits and figures."""
