"""A rep connects her Outlook calendar: link, form, Microsoft's sign-in, confirmation."""
