"""ComplexBench: instances, rules, prompts and replies of judge and extractor, statistics.

Wen et al. (2024), "Benchmarking Complex Instruction-Following with Multiple Constraints Composition". Pure Python:
knows no database, no model and no Django.
"""
