"""ComplexBench: its instances, its rules, the calls of its judge and extractor, and its statistics.

No Django.
"""
