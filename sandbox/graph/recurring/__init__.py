"""Recurring events: what a pattern means, which occurrences a series has, and how they are changed one by one."""
