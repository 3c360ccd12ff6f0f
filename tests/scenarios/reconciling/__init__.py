"""SalesExec's list, read anew."""
