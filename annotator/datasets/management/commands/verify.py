"""`manage.py verify`: checks a file of responses without a database, and prints the accuracies."""

import json
import os
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from annotator.datasets.accuracies import Accuracies
from annotator.datasets.response_arguments import add_response_arguments, positive
from annotator.datasets.responses.pairing import Pairing, VerificationError, paired
from annotator.datasets.verification import VerificationOptions, verify_responses


class Command(BaseCommand):
    help = "Decide every constraint of PROMPTS on RESPONSES and print the accuracies; needs no database and no broker."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("prompts", type=Path, help="prompts in IFEval's format, one JSON object a line")
        add("responses", type=Path, help="responses in any of the formats; plain, gzip or zstd")
        add("--output", type=Path, metavar="FILE", help="write the verdicts to FILE instead of stdout")
        add("--scope", choices=("answer", "completion"), default="answer", help="what is judged (default: %(default)s)")
        add_response_arguments(parser, must_split=False)
        add("--evidence", action="store_true", help="also write what was counted, what was required, and the spans")
        add("--jobs", type=positive, default=1, metavar="N", help="how many processes (default: %(default)s)")

    def handle(
        self, *args: Any, prompts: Path, responses: Path, output: Path | None, jobs: int, **options: Any
    ) -> None:
        verification = VerificationOptions(options["scope"], options["split"], options["evidence"])
        try:
            _refuse_overwriting(output, prompts, responses)
            with ExitStack() as stack:
                pairing = stack.enter_context(
                    paired(prompts, responses, format=options["format"], sample=options["sample"])
                )
                file = stack.enter_context(open(output, "w", encoding="utf-8")) if output else self.stdout
                summary = _write_rows(pairing, verification, jobs, file.write)
        except VerificationError as refusal:
            raise CommandError(str(refusal)) from None
        except BrokenProcessPool:
            raise CommandError("a process was killed, most likely for want of memory; try fewer --jobs.") from None
        except BrokenPipeError:  # the reader of our output closed it early
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as error:
            raise CommandError(f"cannot use {error.filename}: {error.strerror}.") from None
        else:
            (self.stdout if output else self.stderr).write(summary, style_func=str)


def _refuse_overwriting(output: Path | None, *inputs: Path) -> None:
    if output and output.exists() and any(output.samefile(path) for path in inputs):
        raise VerificationError(f"{output} is one of the files to verify; name another one for the verdicts.")


def _write_rows(pairing: Pairing, verification: VerificationOptions, jobs: int, write: Callable[[str], object]) -> str:
    """Write a line for each prompt; return the summary for people."""
    accuracies, statuses = Accuracies(), Counter[str]()
    rows = verify_responses(pairing, verification, jobs=jobs)
    for row in tqdm(rows, total=len(pairing), unit="response", disable=None):  # no bar where stderr is no terminal
        write(json.dumps(row) + "\n")
        accuracies.add(row["instruction_id_list"], row["strict"], row["loose"])
        statuses.update([row["split_status"]] if "split_status" in row else [])
    split = ", ".join(f"{status} {count}" for status, count in sorted(statuses.items()))
    return accuracies.table() + (f"\n\nsplit: {split}" if split else "")
