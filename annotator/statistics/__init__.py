"""Agreement between annotators and paired tests between runs: pure functions from records to numbers.

Import what you need from the module that owns it: `records`, `agreement`, `spans`, `bias`, `paired`, `bootstrap`,
`estimates`. This package knows no database, no Django and no words for the screen but the two in `estimates.Status`.
"""
