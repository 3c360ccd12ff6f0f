"""The planner alone: any triple of SalesExec, Outlook and what was agreed, decided on and applied until it is quiet."""
