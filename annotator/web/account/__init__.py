"""Login and the home page."""
