"""Reads of candidates, repairs, exemplars and prompt sets."""
