"""Agreement between annotators and paired tests between runs: pure functions from records to numbers.

Import from the modules: `records`, `agreement`, `spans`, `bias` of annotations; `paired`, `paired_difference`,
`paired_bootstrap`, `effect_size`, `power`, `baselines`, `repeats`, `prediction_powered` of runs; `bootstrap` and
`estimates` of both. This package knows no database, no Django and no texts for the screen but `estimates.Status`.
"""
