"""Import of a snapshot into an installation: the way back of `annotator.releases.snapshots.rows`."""
