"""Set before torch is imported: threads that sleep at barriers, as in a worker (see `load_backend`)."""

import os

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
