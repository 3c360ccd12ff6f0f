"""SalesExec pushes appointments into Outlook."""
