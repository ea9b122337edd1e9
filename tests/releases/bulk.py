"""A large study inserted in bulk, for measurements: every case with generations, verdicts and annotations."""

import uuid
from collections.abc import Sequence
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from annotator.bulk_rows import json_text, rows_insert, rows_insert_numbered
from annotator.datasets.models import Constraint, Dataset, Prompt
from annotator.runs.models import Generation, Run, Verdict
from annotator.studies.models import Annotation, Assignment, Case, Study
from annotator.studies.services import codebook_load, member_add, study_create
from annotator.studies.services.pairing import queue_rank
from tests.cast import CODEBOOK, NO_COMMA, make_model

_EVIDENCE = {"obeyed": False, "observed": 3, "required": 0, "spans": [[1, 2], [5, 6], [9, 10]], "note": "3 commas"}


def labelled_study(cases: int, *, overlap: int = 1) -> Study:
    """Create a study of `cases` cases (two constraints, answers of about 1 kB), each annotated by `overlap` people."""
    study = bulk_study(cases, overlap=overlap)
    people = [User.objects.create_user(f"annotator{n}") for n in range(overlap)]
    for person in people:
        member_add(study=study, user=person, role="annotator")
    _annotate(study, people)
    return study


@transaction.atomic
def _annotate(study: Study, people: Sequence[User]) -> None:
    now = timezone.now()
    end, submitted = now + timedelta(minutes=10), Assignment.Status.SUBMITTED.value
    ids = list(study.cases.order_by("queue_rank").values_list("pk", flat=True))
    assignments = rows_insert_numbered(
        Assignment,
        ("case_id", "annotator_id", "status", "lease_until", "second_is_left", "blind_choice", "revealed_at"),
        [(case, person.pk, submitted, end, bool(case % 2), "left", now) for case in ids for person in people],
    )
    annotations = rows_insert_numbered(
        Annotation,
        ("assignment_id", "revision", "submission_key", "codebook_id", "label", "note"),
        [(pk, 1, uuid.uuid4(), study.codebook_id, "hurt", "Plans, then forgets. " * 4) for pk in assignments],
    )
    neglected = study.codebook.patterns.get(slug="neglected").pk
    columns = ("annotation_id", "pattern_id")
    rows_insert(Annotation.patterns.through, columns, ((pk, neglected) for pk in annotations))
    Case.objects.filter(study=study).update(complete=True)


@transaction.atomic
def bulk_study(cases: int, *, overlap: int = 1, slug: str = "bulk") -> Study:
    """Create a study of `cases` cases without annotations."""
    dataset = Dataset.objects.create(
        name=slug, version=1, format="ifeval", content_hash=f"dataset:{slug}", prompt_count=cases
    )
    prompts = rows_insert_numbered(
        Prompt,
        ("dataset_id", "key", "position", "text"),
        [(dataset.pk, str(n), n, f"Write {n}. " * 9) for n in range(cases)],
    )
    constraints = rows_insert_numbered(
        Constraint,
        ("prompt_id", "position", "kind"),
        [(pk, n, NO_COMMA[0]) for pk in prompts for n in range(2)],
    )
    runs = [_run(dataset, strategy) for strategy in ("base", "cot")]
    # Before there is a generation: pairing takes longer than all the rest.
    study = study_create(
        slug=slug,
        title="Bulk",
        first_run=runs[0],
        second_run=runs[1],
        codebook=codebook_load(name="paper", content=CODEBOOK),
        overlap=overlap,
    )
    first, second = (_generations(run, prompts, constraints) for run in runs)
    columns = ("study_id", "prompt_id", "first_id", "second_id", "outcome", "contrast", "disagreeing_constraints")
    rows_insert(
        Case,
        (*columns, "queue_rank"),
        (
            (study.pk, *ids, "hurt", '["lost", "lost"]', 2, queue_rank(study.seed, str(n)))
            for n, ids in enumerate(zip(prompts, first, second, strict=True))
        ),
    )
    return study


def _run(dataset: Dataset, strategy: str) -> Run:
    return Run.objects.create(
        dataset=dataset,
        language_model=make_model(),
        strategy=strategy,
        strategy_version="1",
        sampling={"max_new_tokens": 256},
        fingerprint=f"run:{dataset.name}:{strategy}",
        status=Run.Status.DONE,
    )


def _generations(run: Run, prompts: Sequence[int], constraints: Sequence[int]) -> list[int]:
    text = f"The answer of {run.strategy}, which goes on for a while. " * 20
    reasoning, done = text if run.strategy == "cot" else "", Generation.Status.DONE.value
    columns = ("run_id", "prompt_id", "position", "fingerprint", "status", "answer", "reasoning", "completion")
    ids = rows_insert_numbered(
        Generation,
        (*columns, "split_status", "finish_reason"),
        [
            (run.pk, pk, n, f"generation:{run.pk}:{pk}", done, text, reasoning, text, "clean", "stop")
            for n, pk in enumerate(prompts)
        ],
    )
    obeyed, evidence = run.strategy == "base", json_text({"strict": _EVIDENCE, "loose": _EVIDENCE})
    pairs = zip(constraints[::2], constraints[1::2], strict=True)
    rows_insert(
        Verdict,
        ("generation_id", "constraint_id", "scope", "strict", "loose", "evidence", "checker_version"),
        (
            (generation, constraint, scope, False, obeyed, evidence, "test")
            for generation, of_prompt in zip(ids, pairs, strict=True)
            for constraint in of_prompt
            for scope in Verdict.Scope.values
        ),
    )
    return ids
