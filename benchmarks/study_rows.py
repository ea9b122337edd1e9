"""A study of any size for benchmarks, inserted as rows. Import after Django is set up."""

import random

from django.utils import timezone

from annotator.canonical import fingerprint
from annotator.datasets.models import Constraint, Dataset, Prompt
from annotator.runs.models import Generation, LanguageModel, Run, Verdict
from annotator.studies.models import Study
from annotator.studies.services import codebook_load, study_create

KINDS = ("punctuation:no_comma", "length_constraints:number_words")
KWARGS: tuple[dict[str, object], ...] = ({}, {"relation": "at least", "num_words": 60})
_PROSE = "the bicycle folds under a desk and rolls beside you like luggage while rain falls on the quiet town"
_WORDS = _PROSE.split()
CODEBOOK = {
    "guideline": "Read the prompt twice.",
    "patterns": [
        {"slug": f"pattern-{n}", "name": f"pattern {n}", "help": "What it looks like.", "hotkey": str(n)}
        for n in range(1, 7)
    ],
}


def make_study(*, slug: str, cases: int, overlap: int, blind: bool, seed: int = 0) -> Study:
    """Create `cases` prompts of two constraints, two answers of about 150 words each, and verdicts in every scope."""
    rng = random.Random(seed)
    dataset = Dataset.objects.create(
        name=slug, version=1, format="ifeval", content_hash=fingerprint("dataset", slug), prompt_count=cases
    )
    model, _ = LanguageModel.objects.get_or_create(slug="rows", backend="scripted", name="rows")
    prompts = Prompt.objects.bulk_create(
        [Prompt(dataset=dataset, key=str(n), position=n, text=_prose(rng, 40)) for n in range(cases)], batch_size=500
    )
    constraints = Constraint.objects.bulk_create(
        [
            Constraint(prompt=prompt, position=n, kind=kind, kwargs=KWARGS[n], span_start=0, span_end=10)
            for prompt in prompts
            for n, kind in enumerate(KINDS)
        ],
        batch_size=500,
    )
    by_prompt: dict[int, list[Constraint]] = {}
    for constraint in constraints:
        by_prompt.setdefault(constraint.prompt_id, []).append(constraint)
    first, second = (_run(rng, dataset, model, strategy, prompts, by_prompt) for strategy in ("base", "cot"))
    codebook = codebook_load(name="benchmark", content=CODEBOOK)
    return study_create(
        slug=slug, title=slug, first_run=first, second_run=second, codebook=codebook, overlap=overlap, blind=blind
    )


def _run(
    rng: random.Random,
    dataset: Dataset,
    model: LanguageModel,
    strategy: str,
    prompts: list[Prompt],
    constraints: dict[int, list[Constraint]],
) -> Run:
    run = Run.objects.create(
        dataset=dataset,
        language_model=model,
        strategy=strategy,
        strategy_version="1",
        sampling={},
        fingerprint=fingerprint("run-1", [dataset.name, strategy]),
        status=Run.Status.DONE,
    )
    reasons = strategy == "cot"
    generations = Generation.objects.bulk_create(
        [
            Generation(
                run=run,
                prompt=prompt,
                position=prompt.position,
                fingerprint=fingerprint("generation-1", [run.pk, prompt.pk]),
                status=Generation.Status.DONE,
                answer=_prose(rng, 150),
                reasoning=_prose(rng, 200) if reasons else "",
                split_status="clean",
                finish_reason="stop",
                finished_at=timezone.now(),
            )
            for prompt in prompts
        ],
        batch_size=500,
    )
    Verdict.objects.bulk_create(
        [_verdict(rng, generation, c, scope) for generation in generations for c in constraints[generation.prompt_id]
         for scope in Verdict.Scope.values],
        batch_size=1000,
    )  # fmt: skip
    return run


def _verdict(rng: random.Random, generation: Generation, constraint: Constraint, scope: str) -> Verdict:
    obeyed = rng.random() < 0.6
    spans = [] if obeyed else [[n * 20, n * 20 + 1] for n in range(5)]
    shown = {"obeyed": obeyed, "observed": "5", "required": "none", "spans": spans, "note": "" if obeyed else "5 found"}
    return Verdict(
        generation=generation,
        constraint=constraint,
        scope=scope,
        strict=obeyed,
        loose=obeyed,
        evidence={"strict": shown, "loose": shown},
        checker_version="benchmark",
    )


def _prose(rng: random.Random, words: int) -> str:
    return " ".join(rng.choice(_WORDS) for _ in range(words)).capitalize() + "."
