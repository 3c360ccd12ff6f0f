"""Microsoft Graph v1.0 as a rep's calendar sees it: mailboxes, calendars, events, and the rules Outlook applies."""
