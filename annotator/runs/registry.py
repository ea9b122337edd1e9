"""The backends that the workers can load, by name.

The code lives in `workers`, which this side never imports; a test holds the two sides together.
"""

BACKENDS: dict[str, str] = {
    "transformers": "a model of a hub, a local folder or an installed wheel, run by transformers",
    "scripted": "written replies, for tests and for trying the product without a model",
}
