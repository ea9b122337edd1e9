"""Analysis of a study's annotations: agreement, progress and their charts. Reads only; has no models.

Callers import from the modules. `agreement` and `gold` load numpy, scipy and statsmodels on first use, `charts` loads
Altair, so that a web process starts without them. Results name annotators by the pseudonyms of their memberships.
"""
