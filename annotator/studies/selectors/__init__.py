"""Reads of studies: progress, case pages, adjudication queue, gold and history. Selectors never write."""
