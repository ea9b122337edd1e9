"""A study whose cases are the planted prompts, as rows."""

from django.contrib.auth.models import User

from annotator.canonical import fingerprint
from annotator.datasets.models import Constraint, Dataset, Prompt
from annotator.routing.labelled_prompts import LabelledPrompt
from annotator.runs.models import Generation, Run, Verdict
from annotator.studies.models import Case, Codebook, Study
from annotator.studies.services import codebook_load
from tests.cast import CODEBOOK, make_model
from tests.routing.planted import planted

EFFECTS = {"helped": ["gained"], "hurt": ["lost"], "tie": ["both"]}


def planted_study(slug: str = "planted", prompts: list[LabelledPrompt] | None = None) -> Study:
    """Create a study of two finished runs with a case for each prompt."""
    prompts = planted() if prompts is None else prompts
    dataset = Dataset.objects.create(
        name=slug, version=1, format="ifeval", content_hash=fingerprint("dataset", slug), prompt_count=len(prompts)
    )
    rows = Prompt.objects.bulk_create(
        Prompt(dataset=dataset, key=prompt.key, position=number, text=prompt.text)
        for number, prompt in enumerate(prompts)
    )
    Constraint.objects.bulk_create(
        Constraint(prompt=row, position=number, kind=kind, kwargs={})
        for row, prompt in zip(rows, prompts, strict=True)
        for number, kind in enumerate(prompt.kinds)
    )
    runs = [_run(dataset, strategy) for strategy in ("base", "cot")]
    study = Study.objects.create(
        slug=slug, title=slug, first_run=runs[0], second_run=runs[1], first_role="base", second_role="cot",
        codebook=_codebook(),
    )  # fmt: skip
    sides = [_generations(run, rows, tokens) for run, tokens in zip(runs, (50, 150), strict=True)]
    Case.objects.bulk_create(
        Case(
            study=study, prompt=row, first=first, second=second, queue_rank=number, outcome=prompt.label,
            contrast=EFFECTS[prompt.label],
        )
        for number, (row, prompt, first, second) in enumerate(zip(rows, prompts, *sides, strict=True))
    )  # fmt: skip
    return study


def _codebook() -> Codebook:
    return codebook_load(name="paper", content=CODEBOOK)


def _run(dataset: Dataset, strategy: str) -> Run:
    return Run.objects.create(
        dataset=dataset, language_model=make_model(), strategy=strategy, strategy_version="1", sampling={},
        fingerprint=fingerprint("run", [dataset.name, strategy]), status=Run.Status.DONE,
    )  # fmt: skip


def _generations(run: Run, prompts: list[Prompt], tokens: int) -> list[Generation]:
    return Generation.objects.bulk_create(
        Generation(
            run=run, prompt=prompt, position=prompt.position, status=Generation.Status.DONE, completion_tokens=tokens,
            fingerprint=fingerprint("generation", [run.pk, prompt.key]), answer="x", split_status="clean",
        )
        for prompt in prompts
    )  # fmt: skip


def lead() -> User:
    """Return a site lead."""
    return User.objects.create_user("root", is_staff=True)


def add_verdicts(study: Study) -> None:
    """Store the verdicts behind the outcomes of the cases, on every constraint of a prompt alike."""
    obeyed = {"gained": (False, True), "lost": (True, False), "both": (True, True)}
    Verdict.objects.bulk_create(
        Verdict(
            generation=generation, constraint=constraint, scope="answer", strict=side, loose=side, checker_version="1"
        )
        for case in study.cases.select_related("first", "second").prefetch_related("prompt__constraints")
        for generation, side in zip((case.first, case.second), obeyed[case.contrast[0]], strict=True)
        for constraint in case.prompt.constraints.all()
    )
