"""A study of any size for benchmarks, inserted as rows. Import after Django is set up."""

import random
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotator.bulk_rows import json_text, rows_insert, rows_insert_numbered
from annotator.canonical import fingerprint
from annotator.datasets.models import Constraint, Dataset, Prompt
from annotator.runs.models import Generation, LanguageModel, Run, Verdict
from annotator.studies.contrast import effect, outcome
from annotator.studies.models import Case, Study
from annotator.studies.services import codebook_load, study_create
from annotator.studies.services.pairing import queue_rank

KINDS = ("punctuation:no_comma", "length_constraints:number_words")
KWARGS: tuple[dict[str, object], ...] = ({}, {"relation": "at least", "num_words": 60})
_PROSE = "the bicycle folds under a desk and rolls beside you like luggage while rain falls on the quiet town"
_WORDS = _PROSE.split()
_TEXTS = 500  # different ones of each length, for any number of rows
_CASES_AT_ONCE = 2_000
CODEBOOK = {
    "guideline": "Read the prompt twice.",
    "patterns": [
        {"slug": f"pattern-{n}", "name": f"pattern {n}", "help": "What it looks like.", "hotkey": str(n)}
        for n in range(1, 7)
    ],
}
_VERDICT = ("generation_id", "constraint_id", "scope", "strict", "loose", "evidence", "checker_version")
_GENERATION = (
    "run_id",
    "prompt_id",
    "position",
    "fingerprint",
    "status",
    "answer",
    "reasoning",
    "split_status",
    "finish_reason",
    "finished_at",
)
_CASE = (
    "study_id",
    "prompt_id",
    "first_id",
    "second_id",
    "outcome",
    "contrast",
    "disagreeing_constraints",
    "queue_rank",
)


def make_study(
    *,
    slug: str,
    cases: int,
    overlap: int,
    blind: bool,
    seed: int = 0,
    scopes: Sequence[str] = tuple(Verdict.Scope.values),
) -> Study:
    """Create `cases` prompts of two constraints, two answers of about 150 words each, and verdicts in these scopes."""
    dataset = Dataset.objects.create(
        name=slug, version=1, format="ifeval", content_hash=fingerprint("dataset", slug), prompt_count=cases
    )
    model, _ = LanguageModel.objects.get_or_create(slug="rows", backend="scripted", name="rows")
    first, second = (_run(dataset, model, strategy) for strategy in ("base", "cot"))
    codebook = codebook_load(name="benchmark", content=CODEBOOK)
    # Before there is a generation: pairing as many prompts would take longer than all the rest.
    study = study_create(
        slug=slug, title=slug, first_run=first, second_run=second, codebook=codebook, overlap=overlap, blind=blind
    )
    rows = _Rows(random.Random(seed), study, dataset, scopes)
    numbers = iter(range(cases))
    while chunk := list(islice(numbers, _CASES_AT_ONCE)):
        rows.insert(chunk)
    return study


class _Rows:
    """Inserts the rows of a study, a chunk of cases at a time."""

    def __init__(self, rng: random.Random, study: Study, dataset: Dataset, scopes: Sequence[str]) -> None:
        self._rng, self._study, self._dataset, self._scopes = rng, study, dataset, scopes
        self._texts = {words: [_prose(rng, words) for _ in range(_TEXTS)] for words in (40, 150, 200)}
        self._evidence = {obeyed: json_text(_evidence(obeyed=obeyed)) for obeyed in (True, False)}

    @transaction.atomic
    def insert(self, numbers: Sequence[int]) -> None:
        """Insert the cases of these numbers, with their prompts, generations and verdicts."""
        prompts = rows_insert_numbered(
            Prompt,
            ("dataset_id", "key", "position", "text"),
            [(self._dataset.pk, str(n), n, self._text(40)) for n in numbers],
        )
        constraints = rows_insert_numbered(
            Constraint,
            ("prompt_id", "position", "kind", "kwargs", "span_start", "span_end"),
            [(pk, n, kind, json_text(KWARGS[n]), 0, 10) for pk in prompts for n, kind in enumerate(KINDS)],
        )
        pairs = list(zip(constraints[::2], constraints[1::2], strict=True))
        sides = [self._generations(run, prompts, numbers) for run in (self._study.first_run, self._study.second_run)]
        obeyed = [[self._drawn() for _ in numbers] for _run in sides]
        for generations, decisions in zip(sides, obeyed, strict=True):
            rows_insert(Verdict, _VERDICT, self._verdicts(generations, pairs, decisions))
        rows_insert(Case, _CASE, self._cases(numbers, prompts, sides, obeyed))

    def _generations(self, run: Run, prompts: Sequence[int], numbers: Sequence[int]) -> list[int]:
        now, reasons = timezone.now(), run.strategy == "cot"
        return rows_insert_numbered(
            Generation,
            _GENERATION,
            [
                (run.pk, pk, n, f"{run.pk}.{pk}", "done", self._text(150), self._text(200) if reasons else "",
                 "clean", "stop", now)
                for pk, n in zip(prompts, numbers, strict=True)
            ],
        )  # fmt: skip

    def _verdicts(
        self, generations: Sequence[int], constraints: Sequence[tuple[int, int]], decisions: Sequence[Sequence[bool]]
    ) -> Iterator[tuple[Any, ...]]:
        for generation, of_prompt, decided in zip(generations, constraints, decisions, strict=True):
            for constraint, obeyed in zip(of_prompt, decided, strict=True):
                for scope in self._scopes:
                    yield generation, constraint, scope, obeyed, obeyed, self._evidence[obeyed], "benchmark"

    def _cases(
        self,
        numbers: Sequence[int],
        prompts: Sequence[int],
        sides: Sequence[Sequence[int]],
        obeyed: Sequence[Sequence[Sequence[bool]]],
    ) -> Iterator[tuple[Any, ...]]:
        for number, prompt, first, second, of_first, of_second in zip(numbers, prompts, *sides, *obeyed, strict=True):
            effects = [effect(*pair) for pair in zip(of_first, of_second, strict=True)]
            disagreeing = sum(change != "both" for change in effects)
            rank = queue_rank(self._study.seed, str(number))
            yield self._study.pk, prompt, first, second, outcome(effects), json_text(effects), disagreeing, rank

    def _drawn(self) -> tuple[bool, bool]:
        return self._rng.random() < 0.6, self._rng.random() < 0.6

    def _text(self, words: int) -> str:
        return self._rng.choice(self._texts[words])


def _run(dataset: Dataset, model: LanguageModel, strategy: str) -> Run:
    return Run.objects.create(
        dataset=dataset,
        language_model=model,
        strategy=strategy,
        strategy_version="1",
        sampling={},
        fingerprint=fingerprint("run-1", [dataset.name, strategy]),
        status=Run.Status.DONE,
    )


def _evidence(*, obeyed: bool) -> dict[str, object]:
    spans = [] if obeyed else [[n * 20, n * 20 + 1] for n in range(5)]
    shown = {"obeyed": obeyed, "observed": "5", "required": "none", "spans": spans, "note": "" if obeyed else "5 found"}
    return {"strict": shown, "loose": shown}


def _prose(rng: random.Random, words: int) -> str:
    return " ".join(rng.choice(_WORDS) for _ in range(words)).capitalize() + "."
