"""The case part of a released record: prompt, constraints, both generations and their verdicts."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from itertools import chain, repeat
from typing import Any

import orjson
from django.db.models import TextField
from django.db.models.functions import Cast

from annotator.datasets.models import Constraint
from annotator.releases.terms import run_terms
from annotator.runs.models import Environment, ModelCall, Run, Verdict
from annotator.runs.selectors import strict_note
from annotator.runs.selectors.model_calls import calls_with_messages
from annotator.studies.models import Case, Study

Json = dict[str, Any]
SIDES = ("first", "second")
_SHORT = 2_000  # characters of JSON
_OWN = (
    "pk",
    "practice",
    "known_label",
    "known_choice",
    "outcome",
    "contrast",
    "prompt_id",
    "prompt__key",
    "prompt__text",
    "prompt__known_defects",
    "prompt__metadata",
    "prompt__dataset__name",
    "prompt__dataset__version",
    "prompt__dataset__content_hash",
    "prompt__dataset__terms",
    "first_id",
    "second_id",
    "first__run_id",
    "second__run_id",
    "first__reused_from_id",
    "second__reused_from_id",
    "first__environment_id",
    "second__environment_id",
)
_TOKENS = ("reasoning_tokens", "answer_tokens", "other_tokens", "completion_tokens")
_GENERATION = (
    "reasoning",
    "answer",
    "completion",
    "split_status",
    "finish_reason",
    *_TOKENS,
)
_CONSTRAINT = ("pk", "prompt_id", "position", "kind", "kwargs", "scope", "span_start", "span_end")
_VERDICT = ("generation_id", "constraint_id", "scope", "strict", "loose", "written", "checker_version")


def case_records(study: Study, case_ids: Collection[int]) -> dict[int, Json]:
    """Return case id -> record, in six queries for any number of cases. `study` has its runs and models joined."""
    texts = [f"{side}__{field}" for side in SIDES for field in _GENERATION]
    cases: list[Json] = list(Case.objects.filter(pk__in=case_ids).order_by().values(*_OWN, *texts))
    constraints = _constraints([case["prompt_id"] for case in cases])
    places = {row["pk"]: row["position"] for rows in constraints.values() for row in rows}
    verdicts = _verdicts([case[side] for case in cases for side in ("first_id", "second_id")], places)
    roles = {"first": study.first_role, "second": study.second_role}
    runs = {run.pk: {"run": run.pk, **run_record(run)} for run in _runs(study, cases)}
    sent, weights = _sent(cases), _weights(cases)
    return {
        case["pk"]: {
            "key": case["prompt__key"],
            "prompt": case["prompt__text"],
            "dataset": _dataset(case),
            "known_defects": case["prompt__known_defects"],
            "metadata": case["prompt__metadata"],
            "constraints": [
                _constraint(row, effect)
                for row, effect in zip(constraints[case["prompt_id"]], _effects(case["contrast"]), strict=False)
            ],
            "outcome": case["outcome"],
            "practice": case["practice"] is not None,
            "check": case["known_label"] != "",
            "known_answer": _known_answer(case),
            **{
                side: {
                    "role": role,
                    **runs[case[f"{side}__run_id"]],
                    "generation": case[f"{side}_id"],
                    "weights": weights.get(case[f"{side}__environment_id"]),
                    "sent": sent.get(case[f"{side}__reused_from_id"] or case[f"{side}_id"]),
                    **_generation(case, side, imported=runs[case[f"{side}__run_id"]]["source"] is not None),
                    "verdicts": verdicts[case[f"{side}_id"]],
                }
                for side, role in roles.items()
            },
        }
        for case in cases
    }


def _effects(contrast: Iterable[str]) -> Iterator[str]:
    """The effects of a case, then unverifiable ones: what was imported may have fewer than constraints."""
    return chain(contrast, repeat("unverifiable"))


def _runs(study: Study, cases: Collection[Json]) -> list[Run]:
    """The runs of the cases: the study's two, and for cases from before prompts were added the two of that time."""
    paired = [study.first_run, study.second_run]
    earlier = {case[f"{side}__run_id"] for case in cases for side in SIDES} - {run.pk for run in paired}
    joined = Run.objects.filter(pk__in=earlier).select_related("language_model") if earlier else ()
    return [*paired, *joined]


def _dataset(case: Json) -> Json:
    """The version of the dataset that the prompt is of; cases of one study may be of several."""
    record = {name: case[f"prompt__dataset__{name}"] for name in ("name", "version", "content_hash")}
    return {**record, "licence": case["prompt__dataset__terms"] or None}


def _known_answer(case: Json) -> Json | None:
    """The known answer of a hidden check; its blind choice is null where the lead did not say."""
    if not case["known_label"]:
        return None
    return {"label": case["known_label"], "blind_choice": case["known_choice"] or None}


def _generation(case: Json, side: str, *, imported: bool) -> Json:
    """The texts and token counts of one side; null for counts that an imported file does not give."""
    record = {field: case[f"{side}__{field}"] for field in _GENERATION}
    unknown = imported and not record["completion_tokens"]
    return record | dict.fromkeys(_TOKENS) if unknown else record


def _sent(cases: Collection[Json]) -> dict[int, list[Json]]:
    """Generation id -> what its model was sent: the messages of each call that did not fail, in order.

    A reused result has the calls of the generation that it copies. An imported run has none: its file does not say.
    """
    generations = {case[f"{side}__reused_from_id"] or case[f"{side}_id"] for case in cases for side in SIDES}
    calls = ModelCall.objects.filter(generation__in=generations, error="").order_by("generation", "number")
    sent: dict[int, list[Json]] = defaultdict(list)
    for found in calls_with_messages(list(calls.only("generation", "step", "messages"))):
        if found.messages:
            messages = [{"role": message.role, "content": message.text} for message in found.messages]
            sent[found.call.generation_id].append({"step": found.call.step, "messages": messages})
    return sent


def _weights(cases: Collection[Json]) -> dict[int, str | None]:
    """Environment id -> the version of the weights as the backend reported it: a commit or a hash."""
    environments = {case[f"{side}__environment_id"] for case in cases for side in SIDES}
    rows = Environment.objects.filter(pk__in=environments).values_list("pk", "content__weights")
    return dict(rows)


def run_record(run: Run) -> Json:
    """Return how a run's generations were made, by names, with the licence of their texts where it is known."""
    model = run.language_model
    return {
        "strategy": run.strategy,
        "uses_checkers": run.uses_checkers,
        "language_model": {
            "slug": model.slug,
            "name": model.name,
            "revision": model.revision,
            "terms": model.terms,
        },
        "licence": run_terms(run)["licence"],
        "sampling": None if run.source is not None else run.sampling,  # a file does not state it
        "source": run.source,
    }


def _constraints(prompt_ids: Collection[int]) -> dict[int, list[Json]]:
    """prompt id -> the rows of its constraints, in order."""
    by_prompt: dict[int, list[Json]] = defaultdict(list)
    rows: list[Json] = list(
        Constraint.objects.filter(prompt__in=prompt_ids).order_by("prompt_id", "position").values(*_CONSTRAINT)
    )
    for row in rows:
        by_prompt[row["prompt_id"]].append(row)
    return by_prompt


def _constraint(row: Json, effect: str | None) -> Json:
    """A constraint as it is released, with how the second answer compares on it."""
    return {
        "kind": row["kind"],
        "kwargs": row["kwargs"],
        "scope": row["scope"],
        "span": None if row["span_start"] is None else [row["span_start"], row["span_end"]],
        "effect": effect,
    }


def _verdicts(generation_ids: Collection[int], places: dict[int, int]) -> dict[int, list[Json]]:
    """generation id -> its verdicts by constraint and scope, each with its note but without its spans.

    `places` is constraint id -> position in its prompt: joining the table again would cost PostgreSQL a scan.
    """
    by_generation: dict[int, list[Json]] = defaultdict(list)
    rows = Verdict.objects.filter(generation__in=generation_ids).order_by()
    written = rows.annotate(written=Cast("evidence", TextField()))
    for generation_id, constraint_id, scope, strict, loose, evidence, version in written.values_list(*_VERDICT):
        by_generation[generation_id].append(
            {
                "constraint": places[constraint_id],
                "scope": scope,
                "strict": strict,
                "loose": loose,
                "note": _note(evidence),
                "checker_version": version,
            }
        )
    for verdicts in by_generation.values():
        verdicts.sort(key=lambda verdict: (verdict["constraint"], verdict["scope"]))
    return by_generation


def _note(evidence: str) -> str:
    """The note in the evidence of a verdict, as the database writes it."""
    return _note_of_short(evidence) if len(evidence) <= _SHORT else strict_note(orjson.loads(evidence))


@lru_cache(maxsize=4096)
def _note_of_short(evidence: str) -> str:
    """The same, remembered: short evidence repeats a lot, and long one would fill the memory."""
    return strict_note(orjson.loads(evidence))
