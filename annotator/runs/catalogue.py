"""What the workers can do, by name: backends, and strategies with the version of each one's template.

The code lives in `workers`, which this side never imports; a test holds the two sides together. A strategy's version
is part of every generation's fingerprint: a reworded template makes new generations, never mixed old ones.
"""

BACKENDS: dict[str, str] = {
    "transformers": "a model of a hub, a local folder or an installed wheel, run by transformers",
    "scripted": "written replies, for tests and for trying the product without a model",
}

STRATEGIES: dict[str, str] = {"base": "1", "cot": "1"}

REASONING_STRATEGIES = frozenset({"cot"})
