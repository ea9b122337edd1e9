"""`manage.py import_labels DATASET FILE`: labelled pairs of answers of another tool as a new study."""

from argparse import ArgumentTypeError
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, transaction

from annotator.constraints.messages import counted, quoted, sentence
from annotator.datasets.models import Dataset
from annotator.datasets.response_arguments import split_rule
from annotator.datasets.responses.records import ResponseFileError
from annotator.datasets.responses.rejects import rejects_file
from annotator.datasets.responses.splitting import SPLIT_RULES
from annotator.datasets.responses.unpacking import SourceFile
from annotator.datasets.services import DatasetImportError, dataset_import
from annotator.machine_failures import failure_sentence
from annotator.runs.errors import RunError, RunImportError
from annotator.runs.owners import owner_called
from annotator.runs.selectors import dataset_called
from annotator.strategies import STRATEGIES
from annotator.studies.errors import StudyError
from annotator.studies.labelled_files.argilla import ArgillaSettings, read_settings
from annotator.studies.labelled_files.reading import TOOLS, Survey, labelled_file, place, survey_of
from annotator.studies.labelled_files.records import Naming
from annotator.studies.labelled_files.staging import LabelledSource
from annotator.studies.models import Annotation
from annotator.studies.services import LabelledImport, NewStudy, Side, codebook_called, labelled_study_create

_MUST = {"slug": "--study", "model": "--model", "control": "--control", "means": "--means"}
_VALUES_SHOWN = 12


class Command(BaseCommand):
    help = (
        "Import labelled pairs of answers of Label Studio or Argilla as a new study; without --study, show what the "
        "file holds, and store nothing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add = parser.add_argument
        add("dataset", help="the dataset of the prompts: NAME for its newest version, or NAME@VERSION")
        add("file", type=Path, help="a JSON export of Label Studio, or records.json of Argilla; plain, gzip or zstd")
        add("--tool", default="", choices=sorted(TOOLS), help="else recognised by the content")
        add("--argilla-settings", dest="argilla", type=Path, metavar="FILE", help="settings.json of an Argilla dataset")
        add("--prompts", type=Path, metavar="FILE", help="import these prompts as DATASET first, in IFEval's format")
        add("--study", dest="slug", default="", metavar="SLUG", help="short name of the study to create")
        add("--title", default="", help="default: the short name")
        add("--prompt", default="prompt", metavar="FIELD", help="field with the prompt (default: %(default)s)")
        add("--first", default="first", metavar="FIELD", help="field with the first answer (default: %(default)s)")
        add("--second", default="second", metavar="FIELD", help="field with the second answer (default: %(default)s)")
        add("--key", default="", metavar="FIELD", help="field with the prompt's key; else its text names it")
        add("--control", default="", metavar="NAME", help="control or question with the label")
        add("--note", default="", metavar="NAME", help="control or question with free text")
        add(
            "--means",
            type=_meaning,
            action="append",
            default=[],
            metavar="VALUE=LABEL",
            help=f"which label a value of the control is ({', '.join(Annotation.Label.values)}); repeat it for each",
        )
        add("--model", default="", metavar="SLUG", help="language model of the first answers")
        add("--second-model", default="", metavar="SLUG", help="that of the second ones (default: the same)")
        add("--strategy", default="base", choices=sorted(STRATEGIES), help="of the first (default: %(default)s)")
        add("--second-strategy", default="cot", choices=sorted(STRATEGIES), help="default: %(default)s")
        add(
            "--split",
            type=split_rule,
            default="none",
            metavar="RULE",
            help=f"how reasoning and answer are separated: {', '.join(SPLIT_RULES)} (default: %(default)s)",
        )
        add("--codebook", default="", metavar="NAME", help="default: the one that comes with Cotrast")
        add("--terms", default="", metavar="TEXT", help="licence or terms of use of the answers")
        add("--lead", metavar="NAME", help="who leads the study; else every site lead does")
        add("--rejects", type=Path, metavar="FILE", help="set bad rows aside in FILE instead of refusing them all")

    def handle(self, *, dataset: str, file: Path, tool: str, **options: Any) -> None:
        try:
            if not options["slug"]:
                known = labelled_file(SourceFile(file), tool, _settings(options["argilla"]))
                self.stdout.write("\n".join(_survey_lines(known.tool.name, survey_of(known))))
                return
            self.stdout.write(_sentence(_imported(dataset, file, tool, options), options["rejects"]))
        except RunImportError as refusal:
            raise CommandError(f"{file}: {refusal.lines()}") from None
        except (ResponseFileError, RunError, StudyError, DatasetImportError) as error:
            raise CommandError(f"{file}: {error}") from None
        except OSError as error:
            raise CommandError(f"cannot use {error.filename or file}: {error.strerror}.") from None
        except DatabaseError as error:
            raise CommandError(failure_sentence(error) or f"the database failed: {error}") from None


@transaction.atomic
def _imported(dataset: str, file: Path, tool: str, options: dict[str, Any]) -> LabelledImport:
    missing = [option for name, option in _MUST.items() if not options[name]]
    if missing:
        raise CommandError(f"{', '.join(missing)} missing; without --study the command shows what the file holds.")
    naming = Naming(
        prompt=options["prompt"],
        first=options["first"],
        second=options["second"],
        control=options["control"],
        meanings=dict(options["means"]),
        key=options["key"],
        note=options["note"],
    )
    new = NewStudy(
        slug=options["slug"],
        title=options["title"] or options["slug"],
        codebook=codebook_called(options["codebook"]),
        first=Side(options["model"], options["strategy"]),
        second=Side(options["second_model"] or options["model"], options["second_strategy"]),
        split=options["split"],
        terms=options["terms"],
    )
    with rejects_file(options["rejects"], file) as set_aside:
        return labelled_study_create(
            dataset=_dataset(dataset, options["prompts"]),
            source=LabelledSource(SourceFile(file), naming, tool, _settings(options["argilla"])),
            new=new,
            set_aside=set_aside,
            user=owner_called(options["lead"]),
        )


def _settings(path: Path | None) -> ArgillaSettings | None:
    return None if path is None else read_settings(path)


def _dataset(name: str, prompts: Path | None) -> Dataset:
    return dataset_called(name) if prompts is None else dataset_import(name=name, path_or_lines=prompts).dataset


def _meaning(text: str) -> tuple[str, str]:
    value, equals, label = text.rpartition("=")
    if not equals or label not in Annotation.Label.values:
        raise ArgumentTypeError(f"{text!r} is not VALUE=LABEL; labels: {', '.join(Annotation.Label.values)}")
    return value, label


def _sentence(imported: LabelledImport, rejects: Path | None) -> str:
    study = imported.study
    cases = counted(study.cases.count(), "case")
    parts = [
        f"Study {study.slug} has {cases} with {counted(imported.annotations, 'annotation')} "
        f"by {counted(imported.annotators, 'annotator')}."
    ]
    if imported.left_out:
        parts.append(f"Left out, because they were skipped or not submitted: {imported.left_out:,}.")
    if imported.set_aside and rejects:
        parts.append(f"Bad rows set aside in {rejects}: {imported.set_aside:,}.")
    return " ".join(parts)


def _survey_lines(tool: str, survey: Survey) -> Iterator[str]:
    annotations, authors = counted(survey.authors.total(), "annotation"), counted(len(survey.authors), "annotator")
    yield f"{tool}: {counted(survey.rows, 'row')}, {annotations} by {authors}."
    if survey.left_out:
        yield f"Skipped or not submitted: {survey.left_out:,}."
    yield "Fields (for --prompt, --first, --second, --key):"
    for name, (rows, example) in survey.fields.items():
        yield f"  {quoted(name)}: in {counted(rows, 'row')}; {quoted(example) if example else 'no text'}"
    yield "Controls (for --control, --note) and their values (for --means):"
    for name, values in survey.controls.items():
        yield f"  {quoted(name)}: {_values(values)}"
    for number, problem in survey.problems:
        yield f"{sentence(place(number))}: {problem}"


def _values(values: Counter[str]) -> str:
    shown = [f"{quoted(value)} {count:,}" for value, count in values.most_common(_VALUES_SHOWN)]
    more = [f"{len(values) - _VALUES_SHOWN} more"] if len(values) > _VALUES_SHOWN else []
    return ", ".join([*shown, *more]) or "none"
