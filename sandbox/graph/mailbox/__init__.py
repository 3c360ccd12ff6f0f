"""What a mailbox holds, and the rules Exchange applies to it."""
