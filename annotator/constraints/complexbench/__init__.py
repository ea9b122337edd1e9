"""ComplexBench (Wen et al. 2024): instances, rules, prompts and replies of judge and extractor, statistics.

Pure Python: knows no database, no model and no Django.
"""
