"""Names of the backends that workers can load, each with a description.

Their code is in `workers`, which `annotator` never imports; a test compares the two lists.
"""

BACKENDS: dict[str, str] = {
    "transformers": "a model of a hub, a local folder or an installed wheel, run by transformers",
    "scripted": "scripted replies, for tests and for trying the product without a model",
}
