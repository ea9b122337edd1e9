"""The pages of datasets, runs and generations, for leads."""
