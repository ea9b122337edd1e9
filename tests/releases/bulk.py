"""A large study inserted in bulk, for measurements: every case with generations, verdicts and annotations."""

import uuid
from collections.abc import Iterator
from datetime import timedelta

from django.contrib.auth.models import User
from django.db.models import Model
from django.utils import timezone

from annotator.datasets.models import Constraint, Dataset, Prompt
from annotator.runs.models import Generation, Run, Verdict
from annotator.studies.models import Annotation, Assignment, Case, Study
from annotator.studies.services import codebook_load, member_add, study_create
from tests.cast import CODEBOOK, NO_COMMA, make_model

_ROWS = 2_000


def labelled_study(cases: int, *, overlap: int = 1) -> Study:
    """Create a study of `cases` cases (two constraints, answers of about 1 kB), each annotated by `overlap` people."""
    study = bulk_study(cases, overlap=overlap)
    now = timezone.now()
    people = [User.objects.create_user(f"annotator{n}") for n in range(overlap)]
    for person in people:
        member_add(study=study, user=person, role="annotator")
    ids = list(study.cases.order_by("queue_rank").values_list("pk", flat=True))
    _save(
        Assignment,
        (
            Assignment(
                case_id=case_id,
                annotator=person,
                status=Assignment.Status.SUBMITTED,
                lease_until=now + timedelta(minutes=10),
                second_is_left=bool(case_id % 2),
                blind_choice="left",
                revealed_at=now,
            )
            for case_id in ids
            for person in people
        ),
    )
    assignment_ids = list(Assignment.objects.filter(case__study=study).order_by("pk").values_list("pk", flat=True))
    _save(
        Annotation,
        (
            Annotation(
                assignment_id=pk,
                revision=1,
                submission_key=uuid.uuid4(),
                codebook=study.codebook,
                label="hurt",
                note="Plans, then forgets. " * 4,
            )
            for pk in assignment_ids
        ),
    )
    neglected = study.codebook.patterns.get(slug="neglected")
    through = Annotation.patterns.through
    annotation_ids = Annotation.objects.filter(assignment__case__study=study).values_list("pk", flat=True)
    _save(through, (through(annotation_id=pk, pattern_id=neglected.pk) for pk in list(annotation_ids)))
    Case.objects.filter(study=study).update(complete=True)
    return study


def bulk_study(cases: int, *, overlap: int = 1, slug: str = "bulk") -> Study:
    """Create a study of `cases` cases without annotations."""
    dataset = Dataset.objects.create(
        name=slug, version=1, format="ifeval", content_hash=f"dataset:{slug}", prompt_count=cases
    )
    _save(Prompt, (Prompt(dataset=dataset, key=str(n), position=n, text=f"Write {n}. " * 9) for n in range(cases)))
    prompt_ids = list(dataset.prompts.order_by("position").values_list("pk", flat=True))
    _save(
        Constraint,
        (Constraint(prompt_id=pk, position=n, kind=NO_COMMA[0], kwargs={}) for pk in prompt_ids for n in range(2)),
    )
    runs = [_bulk_run(dataset, strategy, prompt_ids) for strategy in ("base", "cot")]
    study = study_create(
        slug=slug,
        title="Bulk",
        first_run=runs[0],
        second_run=runs[1],
        codebook=codebook_load(name="paper", content=CODEBOOK),
        overlap=overlap,
    )
    assert study.cases.count() == cases
    return study


def _bulk_run(dataset: Dataset, strategy: str, prompt_ids: list[int]) -> Run:
    run = Run.objects.create(
        dataset=dataset,
        language_model=make_model(),
        strategy=strategy,
        strategy_version="1",
        sampling={"max_new_tokens": 256},
        fingerprint=f"run:{dataset.name}:{strategy}",
        status=Run.Status.DONE,
    )
    text = f"The answer of {strategy}, which goes on for a while. " * 20
    _save(
        Generation,
        (
            Generation(
                run=run,
                prompt_id=pk,
                position=n,
                fingerprint=f"generation:{run.pk}:{pk}",
                status=Generation.Status.DONE,
                answer=text,
                reasoning=text if strategy == "cot" else "",
                completion=text,
                split_status="clean",
                finish_reason="stop",
            )
            for n, pk in enumerate(prompt_ids)
        ),
    )
    _save(Verdict, _bulk_verdicts(run))
    return run


def _bulk_verdicts(run: Run) -> Iterator[Verdict]:
    constraints: dict[int, list[int]] = {}
    for prompt_id, pk in Constraint.objects.filter(prompt__dataset=run.dataset).values_list("prompt_id", "pk"):
        constraints.setdefault(prompt_id, []).append(pk)
    evidence = {"obeyed": False, "observed": 3, "required": 0, "spans": [[1, 2], [5, 6], [9, 10]], "note": "3 commas"}
    for generation_id, prompt_id in run.generations.values_list("pk", "prompt_id"):
        for constraint_id in constraints[prompt_id]:
            for scope in Verdict.Scope.values:
                yield Verdict(
                    generation_id=generation_id,
                    constraint_id=constraint_id,
                    scope=scope,
                    strict=False,
                    loose=run.strategy == "base",
                    evidence={"strict": evidence, "loose": evidence},
                    checker_version="test",
                )


def _save(model: type[Model], rows: Iterator[Model]) -> None:
    model._default_manager.bulk_create(rows, batch_size=_ROWS)
