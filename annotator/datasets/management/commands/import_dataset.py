"""`manage.py import_dataset`: imports a file of prompts as a dataset; prints the result in one line."""

import os
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from tqdm import tqdm

from annotator.constraints.complexbench.question import KIND as QUESTION
from annotator.constraints.other_language import KIND as OTHER_LANGUAGE
from annotator.datasets.formats import FORMATS, LANGUAGES
from annotator.datasets.jsonl import HOW_TO_ADD_A_KIND
from annotator.datasets.models import Dataset
from annotator.datasets.selectors import constraint_counts, known_defect_counts
from annotator.datasets.services import DatasetImportError, ImportResult, dataset_import
from annotator.machine_failures import failure_sentence

_UNDECIDED = {
    QUESTION: "wait for a judge model",
    OTHER_LANGUAGE: "cannot be verified in the language of their prompt",
}


class Command(BaseCommand):
    help = "Import prompts as a frozen dataset. The same content again is a no-op; changed content is a new version."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="what to call the dataset")
        parser.add_argument("path", type=Path, help="the file with the prompts, in the format named")
        parser.add_argument("--format", default="ifeval", choices=sorted(FORMATS), help="default: %(default)s")
        parser.add_argument(
            "--language", default="", choices=LANGUAGES, help="of the prompts, where the format has several"
        )
        parser.add_argument(
            "--bare", action="store_true", help="leave out what the source adds to its prompts (mathif: step by step)"
        )
        parser.add_argument(
            "--rejects", type=Path, metavar="FILE", help="set bad lines aside in FILE instead of refusing them all"
        )

    def handle(
        self,
        *args: Any,
        name: str,
        path: Path,
        format: str,
        language: str,
        bare: bool,
        rejects: Path | None,
        **options: Any,
    ) -> None:
        try:
            # `disable=None`: no bar where stderr is no terminal
            with tqdm(total=os.stat(path).st_size, unit="B", unit_scale=True, desc=path.name, disable=None) as bar:
                result = dataset_import(
                    name=name,
                    path_or_lines=path,
                    format=format,
                    language=language,
                    bare=bare,
                    rejects=rejects,
                    on_read=bar.update,
                )
        except DatasetImportError as refusal:
            raise CommandError(f"{path}: {refusal}") from None
        except OSError as error:
            raise CommandError(f"cannot use {error.filename or path}: {error.strerror}.") from None
        except DatabaseError as error:
            raise CommandError(failure_sentence(error) or f"the database failed: {error}") from None
        self.stdout.write(_sentence(result, rejects))
        if result.unknown_kinds:
            self.stdout.write(
                f"Lines with kinds that no installed checker decides: {result.unknown_kinds:,}. {HOW_TO_ADD_A_KIND}"
            )
        for sentence in _further_sentences(result.dataset):
            self.stdout.write(sentence)


def _sentence(result: ImportResult, rejects: Path | None) -> str:
    dataset = result.dataset
    done = "Imported" if result.created else "Nothing to do: the same content is there already as"
    count = "1 prompt" if dataset.prompt_count == 1 else f"{dataset.prompt_count:,} prompts"
    bad = "1 bad line is" if result.rejected == 1 else f"{result.rejected:,} bad lines are"
    aside = f" {bad} set aside in {rejects}." if result.rejected else ""
    return f"{done} {dataset} ({count}, {dataset.content_hash[:20]}).{aside}"


def _further_sentences(dataset: Dataset) -> Iterator[str]:
    defective, contradictory = known_defect_counts(dataset)
    if defective:
        yield f"Prompts with published defects: {defective:,}, of which {contradictory:,} contradict themselves."
    for kind, count in constraint_counts(dataset, _UNDECIDED).items():
        yield f"Constraints that {_UNDECIDED[kind]}: {count:,} ({kind})."
    if dataset.terms:
        yield f"Terms: {dataset.terms}"
