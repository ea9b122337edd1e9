"""The Django project and its apps.

It never imports `workers`, torch or transformers (docs: design, section 3).
"""
