"""Import of runs made elsewhere: all or nothing, once per content, with verdicts made here.

Reading, splitting and checking happen before the transaction, so that the database is locked only while rows are
inserted.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotator.backends import IMPORTED
from annotator.canonical import fingerprint
from annotator.datasets.models import Dataset
from annotator.datasets.responses.matching import RowProblem
from annotator.datasets.responses.records import ResponseFileError
from annotator.events.services import event_append
from annotator.runs.archived import refuse_archived_dataset, refuse_archived_run
from annotator.runs.errors import RunError, RunImportError
from annotator.runs.models import LanguageModel, Run
from annotator.runs.response_reading import ImportSource, ReadResponses, read_responses
from annotator.runs.services.imported_rows import checked_rows, imported_rows_insert
from annotator.runs.services.language_models import language_model_register
from annotator.runs.services.result_counts import result_counts_renew
from annotator.runs.services.runs import dataset_lock, run_once
from annotator.strategies import STRATEGIES
from annotator.text_cleaning import storable

TERMS_CAP = 500  # characters
PROBLEMS_SHOWN = 20
_CHUNK = 200
_VERSION = "imported"
"""The template is that of whoever made the responses; it equals none of our versions."""


@dataclass(frozen=True, slots=True)
class ImportedRun:
    """The run of an import. `created` is False where the same responses were imported before."""

    run: Run
    created: bool


def run_import(
    *,
    dataset: Dataset,
    source: ImportSource,
    language_model: str,
    strategy: str,
    terms: str = "",
    set_aside: Callable[[RowProblem], object] | None = None,
    user: User | None = None,
    visible: QuerySet[Run] | None = None,
    on_row: Callable[[int], object] | None = None,
    on_checked: Callable[[int], object] | None = None,
) -> ImportedRun:
    """Import a file of responses as a done run, or return the run that the same responses made before.

    `language_model` is a slug; an unknown one is registered as a model that is imported alone. Any row that fits no
    prompt refuses the whole import, unless `set_aside` takes them. Prompts without a response get no generation.
    `visible` are the runs that `user` may open, by default all: as in `run_start`, others are not returned. `on_row` is
    called with the size of each row that is read, `on_checked` with the number of responses checked since.
    Raises RunError, RunImportError, and OSError for the file.
    """
    refuse_archived_dataset(dataset)
    model = _model(language_model)
    _check(strategy, terms)
    problems = list[RowProblem]()

    def on_problem(problem: RowProblem) -> None:
        if set_aside:
            set_aside(problem)
        elif len(problems) < PROBLEMS_SHOWN:
            problems.append(replace(problem, text=""))  # a row may be long

    try:
        with read_responses(dataset, source, on_problem=on_problem, on_row=on_row) as read:
            _refuse_unusable(read, problems)
            described = storable({**read.described(), "terms": terms})  # names of files need be no UTF-8
            values = _run_values(read, dataset, model, strategy)
            known = _known(visible, dataset, language_model, values["fingerprint"])
            if known:
                refuse_archived_run(known)
                return ImportedRun(known, created=False)
            values |= {"source": described, "created_by": user}
            with checked_rows(read, on_checked) as staging:
                return _store(visible, dataset, language_model, values, staging)
    except ResponseFileError as error:
        raise RunImportError(_("Nothing was imported."), [("", error.args[0])]) from None


def _model(slug: str) -> LanguageModel:
    """Return the model of that slug, unsaved if it is new. Raises RunError for a slug that cannot name one."""
    model = LanguageModel.objects.filter(slug=slug).first()
    if model is None:
        model = LanguageModel(slug=slug, backend=IMPORTED, name=slug)
        try:
            model.clean_fields(exclude=["options", "serving", "terms"])
        except ValidationError as error:
            raise RunError(
                _("language model %(slug)r: %(problem)s") % {"slug": slug, "problem": " ".join(error.messages)}
            ) from None
    return model


def _check(strategy: str, terms: str) -> None:
    if strategy not in STRATEGIES:
        raise RunError(
            _("unknown strategy %(strategy)r; known strategies: %(known)s.")
            % {"strategy": strategy, "known": ", ".join(STRATEGIES)}
        )
    if len(terms) > TERMS_CAP:
        raise RunError(
            _("The terms have %(n)s characters; give at most %(cap)s, such as the name of a licence.")
            % {"n": len(terms), "cap": TERMS_CAP}
        )


def _refuse_unusable(read: ReadResponses, problems: list[RowProblem]) -> None:
    count = read.matched.problems
    if problems:
        shown = [(read.place(problem.number), problem.reason) for problem in problems]
        sentence = ngettext(
            "Nothing was imported, because %(n)s row was refused; correct it, or set bad rows aside.",
            "Nothing was imported, because %(n)s rows were refused; correct them, or set bad rows aside.",
            count,
        )
        raise RunImportError(sentence % {"n": f"{count:,}"}, shown, count - len(shown))
    if not len(read.matched):
        raise RunImportError(
            _("Nothing was imported, because no row of %(file)s answers a prompt of %(dataset)s; is it the right one?")
            % {"file": read.source.file, "dataset": read.dataset}
        )
    if read.lacks_reasoning:
        raise RunImportError(
            _("Nothing was imported, because no row of %(file)s has separate reasoning; choose another split rule.")
            % {"file": read.source.file}
        )


def _run_values(read: ReadResponses, dataset: Dataset, model: LanguageModel, strategy: str) -> dict[str, Any]:
    identity = {
        "dataset": dataset.content_hash,
        "language_model": model.identity(),
        "strategy": strategy,
        "split": str(read.source.split),
        "responses": read.content_hash(),
    }
    return {
        "strategy": strategy,
        "strategy_version": _VERSION,
        "sampling": {},
        "status": Run.Status.DONE,
        "fingerprint": fingerprint("imported-run-1", identity),
    }


def _known(visible: QuerySet[Run] | None, dataset: Dataset, slug: str, fingerprint: str) -> Run | None:
    runs = (Run.objects.all() if visible is None else visible).select_related("dataset", "language_model")
    return runs.filter(fingerprint=fingerprint, dataset=dataset, language_model__slug=slug).first()


@transaction.atomic
def _store(
    visible: QuerySet[Run] | None, dataset: Dataset, slug: str, values: Mapping[str, Any], staging: BinaryIO
) -> ImportedRun:
    """Insert model, run, generations, calls and verdicts; an import of the same at this moment may be first."""
    dataset = dataset_lock(dataset)
    model = LanguageModel.objects.filter(slug=slug).first()
    if model is None:
        model = language_model_register(slug=slug, backend=IMPORTED, name=slug)
    defaults = {name: value for name, value in values.items() if name != "fingerprint"}
    run, created = run_once(
        visible, fingerprint=values["fingerprint"], dataset=dataset, language_model=model, defaults=defaults
    )
    if created:
        imported_rows_insert(run, staging)
        result_counts_renew(run=run)
        event_append(
            "run.imported",
            run,
            {"strategy": run.strategy, "language_model": model.slug, "sha256": values["source"]["sha256"]},
            actor=run.created_by,
        )
    return ImportedRun(run, created)
