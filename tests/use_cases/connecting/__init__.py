"""Connecting and disconnecting a mailbox, step by step."""
