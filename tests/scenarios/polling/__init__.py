"""What happens in Outlook reaches SalesExec."""
