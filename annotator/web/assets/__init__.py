"""Static files: content-hashed names and the bundled Vega scripts."""
