"""Repairs of failing answers, proved exemplars and prompt sets.

A candidate is a failing answer that was sent to repair; each attempt at it is a repair; an approved one becomes an
exemplar, proved anew by every checker version; ordered exemplars are a prompt set. Starts runs with prompt sets through
`annotator.runs`, which know only the frozen values that a run carries.
"""
