"""A supervisor of a handful of processes that start and end together. Knows nothing of Django."""
