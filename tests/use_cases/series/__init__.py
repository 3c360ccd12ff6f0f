"""Series and their single occurrences, over fakes."""
