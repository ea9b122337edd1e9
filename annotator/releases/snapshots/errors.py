"""Refusals of snapshots, each one sentence."""


class SnapshotError(Exception):
    """The message names what is wrong, where, and the way out."""
