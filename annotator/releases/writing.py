"""Released files on disk or on the standard output, for the commands that export them."""

import os
import sys
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotator.constraints.messages import counted
from annotator.releases.files import ReleasedFile

_REASONS = {
    "withdrawn": ("withdrawn exemplar", "withdrawn exemplars"),
    "no_answer": ("generation without a whole answer", "generations without a whole answer"),
    "undecided": ("generation that no checker decides", "generations that no checker decides"),
}


def add_target(parser: CommandParser) -> None:
    """Add the option for the file to write."""
    parser.add_argument("--output", type=Path, metavar="FILE", help="one that is there is overwritten; default: stdout")


def write_released(command: BaseCommand, file: ReleasedFile, output: Path | None) -> None:
    """Write the file, and on the error output what it leaves out. Raises CommandError."""
    try:
        if output is None:
            for part in file.parts:
                command.stdout.write(part, ending="")
        else:
            with output.open("w", encoding="utf-8", newline="") as written:
                written.writelines(file.parts)
    except BrokenPipeError:  # the reader of our output closed it early
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise CommandError(f"cannot write {output}: {error.strerror}.") from None
    left_out = ", ".join(counted(count, *_REASONS[reason]) for reason, count in file.left_out.items() if count)
    command.stderr.write(f"Left out: {left_out or 'nothing'}.", style_func=str)
