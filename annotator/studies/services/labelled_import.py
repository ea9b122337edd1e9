"""Import of labelled pairs of answers as a new study with two runs.

All or nothing: the file is read and matched first, then runs, study and annotations are stored in one transaction.
`imported_annotations` makes its members and annotations.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotator.constraints.messages import sentence
from annotator.datasets.models import Dataset
from annotator.datasets.responses.matching import RowProblem
from annotator.datasets.responses.splitting import SplitRule
from annotator.datasets.responses.unpacking import SourceFile, sha256_of
from annotator.events.services import event_append
from annotator.runs.models import Run
from annotator.runs.response_reading import ImportSource
from annotator.runs.services import run_import
from annotator.studies.errors import LabelsRefused
from annotator.studies.labelled_files.reading import place
from annotator.studies.labelled_files.staging import LabelledSource, StagedLabels, staged_labels
from annotator.studies.models import Codebook, Study
from annotator.studies.services.imported_annotations import annotations_import
from annotator.studies.services.studies import study_create

PROBLEMS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Side:
    """The slug of the language model that wrote the answers of one side, and the strategy."""

    language_model: str
    strategy: str


@dataclass(frozen=True, slots=True)
class NewStudy:
    """The study to create, and what is known of its two runs."""

    slug: str
    title: str
    codebook: Codebook
    first: Side
    second: Side
    split: SplitRule
    terms: str = ""


@dataclass(frozen=True, slots=True)
class LabelledImport:
    """The study of an import, its number of annotations and annotators, and what was left out or set aside."""

    study: Study
    annotations: int
    annotators: int
    left_out: int
    set_aside: int


def labelled_study_create(
    *,
    dataset: Dataset,
    source: LabelledSource,
    new: NewStudy,
    set_aside: Callable[[RowProblem], object] | None = None,
    user: User | None = None,
    visible: QuerySet[Run] | None = None,
) -> LabelledImport:
    """Create a study of the labelled pairs of a file. `visible` are the runs that `user` may open, as in `run_import`.

    Any row that cannot be used refuses the whole import, unless `set_aside` takes them. Raises LabelsRefused with every
    problem, what `run_import` and `study_create` raise, and OSError for the file.
    """
    problems = list[RowProblem]()

    def on_problem(problem: RowProblem) -> None:
        if set_aside:
            set_aside(problem)
        elif len(problems) < PROBLEMS_SHOWN:
            problems.append(problem)

    with staged_labels(dataset, source, on_problem) as staged:
        _refuse_unusable(source, staged, problems)
        return _store(dataset, source, new, staged, user, visible)


def _refuse_unusable(source: LabelledSource, staged: StagedLabels, problems: Sequence[RowProblem]) -> None:
    if problems:
        lines = [f"{sentence(place(problem.number))}: {problem.reason}" for problem in problems]
        more = staged.problems - len(problems)
        refused = ngettext(
            "Nothing was imported, because %(n)s row was refused; correct it, or set bad rows aside.",
            "Nothing was imported, because %(n)s rows were refused; correct them, or set bad rows aside.",
            staged.problems,
        )
        raise LabelsRefused(
            "\n".join([refused % {"n": f"{staged.problems:,}"}, *lines, *([f"... and {more:,} more"] if more else [])])
        )
    if not staged.cases:
        raise LabelsRefused(
            _("Nothing was imported, because no row of %(file)s is a labelled pair of answers; is it the right file?")
            % {"file": source.file}
        )


@transaction.atomic
def _store(
    dataset: Dataset,
    source: LabelledSource,
    new: NewStudy,
    staged: StagedLabels,
    user: User | None,
    visible: QuerySet[Run] | None,
) -> LabelledImport:
    answers = partial(_run, dataset, new, user=user, visible=visible)
    first = answers(new.first, SourceFile(staged.first, f"{source.file} ({source.naming.first})"))
    second = answers(new.second, SourceFile(staged.second, f"{source.file} ({source.naming.second})"))
    study = study_create(
        slug=new.slug,
        title=new.title,
        first_run=first,
        second_run=second,
        codebook=new.codebook,
        overlap=max(staged.most_annotators, 1),
        blind=False,  # what people saw elsewhere, nobody knows here
        verdicts_shown=Study.VerdictsShown.NEVER,
        lead=user,
    )
    annotations = annotations_import(study=study, staged=staged)
    event_append(
        "labels.imported",
        study,
        {
            "study": study.slug,
            "tool": staged.tool,
            "sha256": sha256_of(source.file.path),
            "annotations": annotations,
            "set_aside": staged.problems,
        },
        actor=user,
        study=study.pk,
    )
    return LabelledImport(study, annotations, len(staged.authors), staged.left_out, staged.problems)


def _run(
    dataset: Dataset, new: NewStudy, side: Side, file: SourceFile, *, user: User | None, visible: QuerySet[Run] | None
) -> Run:
    return run_import(
        dataset=dataset,
        source=ImportSource(file, new.split, "jsonl"),
        language_model=side.language_model,
        strategy=side.strategy,
        terms=new.terms,
        user=user,
        visible=visible,
    ).run
