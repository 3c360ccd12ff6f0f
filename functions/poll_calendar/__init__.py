"""Read the reps' calendars: the timer fans out to shards, batches, and one calendar each."""
