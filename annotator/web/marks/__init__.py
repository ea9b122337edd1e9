"""Marks on texts: cut a text into marked pieces. Pure; knows no request."""
