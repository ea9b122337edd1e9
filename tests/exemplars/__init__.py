"""Tests of `annotator.exemplars`."""
