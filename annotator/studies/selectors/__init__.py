"""Reads of studies: progress, the pages of a case, what waits, gold and history. Selectors never write."""
