"""Local models, run by torch and transformers in this process."""
