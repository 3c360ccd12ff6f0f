"""Azure Queues: work for another invocation."""
