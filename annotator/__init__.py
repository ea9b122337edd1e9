"""The Django project and its rooms. It never imports `workers`, torch or transformers (docs: design, section 3)."""
