"""Marks: text in, marked pieces out. Pure; knows no request."""
