"""Agreement between annotators and paired tests between runs: pure functions from records to numbers.

Import from the modules: `records`, `agreement`, `spans`, `bias`, `paired`, `bootstrap`, `estimates`. This package knows
no database, no Django and no texts for the screen but those of `estimates.Status`.
"""
