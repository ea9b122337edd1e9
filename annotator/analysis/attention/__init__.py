"""Constraint attention of a study: drops by layer, against the outcomes of its cases."""
