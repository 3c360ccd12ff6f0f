"""SalesExec links, shows, changes and ends a rep's connection."""
