"""The only code that imports torch and transformers: claims rows, asks models, hands the results to `annotator`."""
