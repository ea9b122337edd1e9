"""Files of labelled pairs of answers that were made with another tool: Label Studio and Argilla."""
