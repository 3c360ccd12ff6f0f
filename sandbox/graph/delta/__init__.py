"""Change tracking: what happened in a mailbox, and how rounds of calendarView/delta tell of it."""
