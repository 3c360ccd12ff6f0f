"""The whole sync engine over in-memory ports, under a seeded scheduler that owns time, order, faults and crashes."""
