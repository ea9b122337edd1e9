"""Personal data: a copy of what is stored about a person, and its deletion. Knows every app with rows."""
