"""What stands between the host and its storage while it is killed."""
