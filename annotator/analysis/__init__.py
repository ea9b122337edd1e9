"""Analysis of a study's annotations: agreement, progress and their charts. Reads only; has no models.

Import what you need from the module that owns it. `agreement` and `gold` load numpy, scipy and statsmodels on first
use, `charts` loads Altair, so that a web process starts without them. Nothing here names a person: annotators are
handed on under the pseudonyms of their memberships.
"""
