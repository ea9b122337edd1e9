"""Local models: torch and transformers in this process."""
