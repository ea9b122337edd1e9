"""Workers: they claim rows, ask language models and store the results.

The only code that imports torch and transformers.
"""
