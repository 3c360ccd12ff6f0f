"""What starts functions without a caller: the clock and the queues."""
