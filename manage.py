#!/usr/bin/env python
"""Django's command line for Cotrast."""

import os
import sys

from annotator.private_files import keep_files_private


def main() -> None:
    """Run a command; a failure of the machine, such as a database that is away, ends it with one sentence."""
    keep_files_private()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "annotator.settings")
    from django.core.management import execute_from_command_line

    try:
        execute_from_command_line(sys.argv)
    except Exception as error:
        from annotator.machine_failures import failure_sentence

        sentence = failure_sentence(error)
        if sentence is None:
            raise
        sys.exit(sentence)


if __name__ == "__main__":
    main()
