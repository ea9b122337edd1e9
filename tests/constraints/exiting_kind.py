"""A module of a study that ends the process while it is imported."""

import sys

sys.exit(1)
