"""JSON batching: up to twenty requests in one."""
