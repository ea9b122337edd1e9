"""Deletion of runs, datasets and studies: refused while anything stands on them.

Else it is made after the counts of what goes were shown. Knows every app with rows, and no permissions. Archiving is
each app's own service.
"""
