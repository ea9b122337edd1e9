"""Workers: the only code that imports torch and transformers.

They claim rows, ask models, store results.
"""
