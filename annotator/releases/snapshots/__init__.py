"""Snapshots: immutable, hashed releases of a study, verified and read without this program."""
