"""Training rows of a study in TRL's formats: preference pairs, unpaired preferences, supervised rows.

Pairs and supervised rows come from approved exemplars, unpaired ones from every generation that the checkers decided.
All are message lists with `reasoning_content`, and are read in chunks by key, so that memory stays flat.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from annotator.json_lines import json_line
from annotator.releases.chat import assistant, user
from annotator.releases.decided import decided_generations, left_out_generations
from annotator.releases.exemplars import ReleasedExemplar, exemplars_of, released_exemplars
from annotator.releases.files import ReleasedFile
from annotator.releases.terms import run_terms, terms_record
from annotator.studies.models import Study

Json = dict[str, Any]
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class PairFormat:
    """One format of training rows: its name, what it is, and its rows with the counts of what is left out."""

    name: str
    description: str
    rows: Callable[[Study], Iterator[Json]]
    left_out: Callable[[Study], Mapping[str, int]]


def pairs_file(study: Study, format: str) -> ReleasedFile:
    """Return the rows of a study in a format of PAIR_FORMATS. `study` has its runs, dataset and models joined."""
    known = PAIR_FORMATS[format]
    lines = (json_line(row) for row in known.rows(study))
    return ReleasedFile(f"{study.slug}-{format}.jsonl", "application/x-ndjson", lines, known.left_out(study))


def _preference_rows(study: Study) -> Iterator[Json]:
    """Chosen is the approved answer, rejected the failing one that it repairs."""
    for exemplar in _approved(study):
        yield {
            "prompt": [user(exemplar.prompt)],
            "chosen": [assistant(exemplar.answer, exemplar.reasoning)],
            "rejected": [assistant(exemplar.failing_answer, exemplar.failing_reasoning)],
            "key": exemplar.key,
            "terms": exemplar.terms,
        }


def _supervised_rows(study: Study) -> Iterator[Json]:
    for exemplar in _approved(study):
        yield {
            "prompt": [user(exemplar.prompt)],
            "completion": [assistant(exemplar.answer, exemplar.reasoning)],
            "key": exemplar.key,
            "terms": exemplar.terms,
        }


def _approved(study: Study) -> Iterator[ReleasedExemplar]:
    ids = exemplars_of(study).filter(withdrawn_at__isnull=True).order_by("pk").values_list("pk", flat=True)
    after = 0
    while chunk := list(ids.filter(pk__gt=after)[:_AT_ONCE]):
        yield from released_exemplars(study, chunk)
        after = chunk[-1]


def _withdrawn(study: Study) -> Mapping[str, int]:
    return {"withdrawn": exemplars_of(study).filter(withdrawn_at__isnull=False).count()}


def _unpaired_rows(study: Study) -> Iterator[Json]:
    """`label` is whether every constraint is strict-true, on the answer alone."""
    for run in (study.first_run, study.second_run):
        terms = terms_record(run.dataset, [run_terms(run)])
        generations = decided_generations(run, unfinished=study.judge_unfinished).select_related("prompt")
        after = 0
        while chunk := list(generations.filter(pk__gt=after).order_by("pk").defer("completion")[:_AT_ONCE]):
            for generation in chunk:
                yield {
                    "prompt": [user(generation.prompt.text)],
                    "completion": [assistant(generation.answer, generation.reasoning)],
                    "label": not generation.violated,
                    "key": generation.prompt.key,
                    "strategy": run.strategy,
                    "language_model": run.language_model.slug,
                    "terms": terms,
                }
            after = chunk[-1].pk


def _undecided(study: Study) -> Mapping[str, int]:
    counts = [
        left_out_generations(run, unfinished=study.judge_unfinished) for run in (study.first_run, study.second_run)
    ]
    return {reason: sum(count[reason] for count in counts) for reason in counts[0]}


PAIR_FORMATS: Mapping[str, PairFormat] = {
    known.name: known
    for known in (
        PairFormat(
            "trl-preference",
            "TRL's preference rows: prompt, chosen (the repaired answer), rejected (the failing one)",
            _preference_rows,
            _withdrawn,
        ),
        PairFormat(
            "trl-unpaired",
            "TRL's unpaired preference rows: prompt, completion, label (whether it obeys every constraint)",
            _unpaired_rows,
            _undecided,
        ),
        PairFormat(
            "supervised", "TRL's prompt-completion rows: prompt, completion (repaired)", _supervised_rows, _withdrawn
        ),
    )
}
