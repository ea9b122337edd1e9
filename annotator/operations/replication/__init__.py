"""Replication of the study's row for one language model: all arms, router, attention, report."""
