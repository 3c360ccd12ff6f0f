"""SalesExec, the CRM: what it is told, what it lists, and its JSON of an appointment."""
