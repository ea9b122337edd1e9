"""Prompt sets: the list, one set, and the comparison of its runs."""
