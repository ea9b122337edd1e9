"""Access of other users of the machine to what this program writes: none."""

import os

_NO_OTHERS = 0o077


def keep_files_private() -> None:
    """Have this process and its children create files and folders for their owner alone.

    The database holds sessions and tokens, an export holds labels. Every entry point calls it: the command line, the
    web server and the workers.
    """
    os.umask(_NO_OTHERS)
