"""Requests to servers that a person named: checked addresses, bounded responses."""
