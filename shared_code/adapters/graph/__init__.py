"""Microsoft Graph: a rep's calendar, read and written on her behalf."""
