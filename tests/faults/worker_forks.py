"""Forks of one process that has imported everything: a worker that begins at once, for tests that start dozens.

`python -m tests.faults.worker_forks SLUG [MODULE ...]` forks a worker for each line on its standard input, and prints
its process number. Apart from that a worker is the same as that of `manage.py start_worker`. The modules are imported
too, before the first fork: those of a backend may take seconds.
"""

import importlib
import os
import signal
import sys

import workers.tasks
from annotator.runs.management.commands.start_worker import worker_arguments
from workers.engine import load_backend


def main(slug: str, *modules: str) -> None:
    load_backend("scripted", slug, "", {}).close()
    for module in modules:
        importlib.import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    for _line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            workers.tasks.app.worker_main(["--quiet", *worker_arguments(slug, queues=[f"generate.{slug}"])])
            os._exit(0)
        print(pid, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
