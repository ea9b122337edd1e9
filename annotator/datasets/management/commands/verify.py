"""`manage.py verify`: checks a file of responses without a database, and prints the accuracies."""

import json
import os
import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from annotator.datasets.accuracies import Accuracies
from annotator.datasets.file_writing import whole_file
from annotator.datasets.jsonl import HOW_TO_ADD_A_KIND
from annotator.datasets.response_arguments import add_response_arguments, positive
from annotator.datasets.responses.pairing import Pairing, Problem, SetAside, VerificationError, paired
from annotator.datasets.verification import VerificationOptions, verify_responses


class Command(BaseCommand):
    help = "Decide every constraint of PROMPTS on RESPONSES and print the accuracies; needs no database and no broker."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add("prompts", type=Path, help="prompts in IFEval's format, one JSON object a line; plain, gzip or zstd")
        add("responses", type=Path, help="responses in any of the formats; plain, gzip or zstd")
        add("--output", type=Path, metavar="FILE", help="write the verdicts to FILE instead of stdout, all or none")
        add("--rejects", type=Path, metavar="FILE", help="set bad lines aside in FILE instead of refusing them all")
        add("--scope", choices=("answer", "completion"), default="answer", help="what is judged (default: %(default)s)")
        add_response_arguments(parser, must_split=False)
        add("--evidence", action="store_true", help="also write what was counted, what was required, and the spans")
        add("--jobs", type=positive, default=1, metavar="N", help="how many processes (default: %(default)s)")

    def handle(
        self,
        *args: Any,
        prompts: Path,
        responses: Path,
        output: Path | None,
        rejects: Path | None,
        jobs: int,
        **options: Any,
    ) -> None:
        verification = VerificationOptions(options["scope"], options["split"], options["evidence"])
        rows = _Rows()
        try:
            _refuse_overwriting(output, rejects, prompts, responses)
            with ExitStack() as stack:
                set_aside = stack.enter_context(_rejects_file(rejects))
                pairing = stack.enter_context(
                    paired(prompts, responses, format=options["format"], sample=options["sample"], set_aside=set_aside)
                )
                write = stack.enter_context(whole_file(output)) if output else self.stdout.write
                summary = rows.write(pairing, verification, jobs, write)
        except VerificationError as refusal:
            raise CommandError(f"{refusal}{rows.cut_off(output)}") from None
        except BrokenProcessPool:
            raise CommandError(
                f"a process was killed, most likely for want of memory; try fewer --jobs.{rows.cut_off(output)}"
            ) from None
        except BrokenPipeError:  # the reader of our output closed it early
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        except OSError as error:
            raise CommandError(
                f"cannot use {error.filename or output or 'the output'}: {error.strerror}.{rows.cut_off(output)}"
            ) from None
        except KeyboardInterrupt:
            raise CommandError(f"stopped.{rows.cut_off(output)}", returncode=130) from None
        else:
            out = self.stdout if output else self.stderr
            out.write(summary + _set_aside_sentence(pairing, rejects), style_func=str)


def _refuse_overwriting(output: Path | None, rejects: Path | None, *inputs: Path) -> None:
    for written in filter(None, (output, rejects)):
        if written.exists() and any(written.samefile(path) for path in inputs):
            raise VerificationError(f"{written} is one of the files to verify; name another one to write to.")
    if output and rejects and output.absolute() == rejects.absolute():
        raise VerificationError(f"{output} cannot have both the verdicts and the bad lines; name two files.")


@contextmanager
def _rejects_file(rejects: Path | None) -> Iterator[SetAside | None]:
    """Yield a function that writes a bad line to `rejects`; None without such a file."""
    if rejects is None:
        yield None
        return
    with open(rejects, "w", encoding="utf-8") as file:

        def set_aside(problem: Problem) -> None:
            row = {"file": str(problem.file), "place": problem.place, "reason": problem.reason, "text": problem.text}
            file.write(json.dumps(row) + "\n")

        yield set_aside


class _Rows:
    """Writes a line for each prompt, and counts them."""

    def __init__(self) -> None:
        self._written = self._all = 0

    def write(
        self, pairing: Pairing, verification: VerificationOptions, jobs: int, write: Callable[[str], object]
    ) -> str:
        """Write all lines; return the summary for people."""
        accuracies, statuses = Accuracies(), Counter[str]()
        self._all = len(pairing)
        rows = verify_responses(pairing, verification, jobs=jobs)
        for row in tqdm(rows, total=self._all, unit="response", disable=None):  # no bar where stderr is no terminal
            write(json.dumps(row) + "\n")
            self._written += 1
            accuracies.add(row["instruction_id_list"], row["strict"], row["loose"])
            statuses.update([row["split_status"]] if "split_status" in row else [])
        split = ", ".join(f"{status} {count}" for status, count in sorted(statuses.items()))
        return accuracies.table() + (f"\n\nsplit: {split}" if split else "")

    def cut_off(self, output: Path | None) -> str:
        """Say what became of the lines that were written before an error."""
        if not self._all or not self._written:
            return ""
        if output:
            return f" Nothing was written to {output}."
        return f" The output is cut off: it has {self._written:,} of {self._all:,} lines."


def _set_aside_sentence(pairing: Pairing, rejects: Path | None) -> str:
    if not pairing.set_aside:
        return ""
    lines = "1 line is" if pairing.set_aside == 1 else f"{pairing.set_aside:,} lines are"
    unknown = f", {pairing.unknown_kinds:,} of them for an unknown kind" if pairing.unknown_kinds else ""
    further = f" {HOW_TO_ADD_A_KIND}" if pairing.unknown_kinds else ""
    return f"\n\n{lines} set aside in {rejects}{unknown}.{further}"
