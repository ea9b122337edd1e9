"""Keeps a handful of processes running and ends them together. Knows nothing of Django, nor of what they do."""
