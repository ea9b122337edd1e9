"""The results of a study: page, downloads of its tables and charts, and reports."""
