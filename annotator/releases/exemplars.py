"""The exemplars of a release: their texts, constraints, terms and provenance, with no person's name.

Withdrawn exemplars are never released; who exports them counts them.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from annotator.exemplars.models import Exemplar, ExemplarProof, Repair
from annotator.releases.cases import run_record
from annotator.releases.terms import model_terms, run_terms, terms_record
from annotator.runs.selectors import read_evidence
from annotator.studies.models import Study

Json = dict[str, Any]
_JOINED = (
    "prompt__dataset",
    "candidate__generation__run__language_model",
    "candidate__generation__run__dataset",
    "repair__language_model",
)


@dataclass(frozen=True, slots=True)
class ReleasedExemplar:
    """One exemplar: its texts, those of the failing answer that it repairs, and where all of them come from.

    `constraints` are {kind, kwargs, scope} in the prompt's order. `provenance` says who approved it (by pseudonym), the
    generation and the repair that it comes from, and what the newest checker version decided.
    """

    key: str
    prompt: str
    constraints: Sequence[Json]
    reasoning: str
    answer: str
    failing_reasoning: str
    failing_answer: str
    terms: Json
    provenance: Json


def exemplars_of(study: Study) -> QuerySet[Exemplar]:
    """The exemplars of a study, withdrawn ones too."""
    return Exemplar.objects.filter(candidate__case__study=study)


def released_exemplars(study: Study, exemplar_ids: Sequence[int]) -> list[ReleasedExemplar]:
    """Return these exemplars, in this order. A constant number of queries."""
    exemplars = Exemplar.objects.filter(pk__in=exemplar_ids).select_related(*_JOINED)
    rows = exemplars.prefetch_related("prompt__constraints").in_bulk()
    lineages = _lineages([row.repair for row in rows.values()])
    proofs = _newest_proofs(exemplar_ids)
    pseudonyms = study.memberships.pseudonyms()
    return [_released(rows[pk], lineages[rows[pk].repair_id], proofs.get(pk), pseudonyms) for pk in exemplar_ids]


def _released(
    exemplar: Exemplar, lineage: Sequence[Repair], proof: ExemplarProof | None, pseudonyms: Mapping[int, str]
) -> ReleasedExemplar:
    generation, repair = exemplar.candidate.generation, exemplar.repair
    repairing = [model_terms(ancestor.language_model) for ancestor in lineage if ancestor.language_model]
    constraints = sorted(exemplar.prompt.constraints.all(), key=lambda constraint: constraint.position)
    return ReleasedExemplar(
        key=exemplar.prompt.key,
        prompt=exemplar.prompt.text,
        constraints=[{"kind": row.kind, "kwargs": row.kwargs, "scope": row.scope} for row in constraints],
        reasoning=exemplar.reasoning,
        answer=exemplar.answer,
        failing_reasoning=generation.reasoning,
        failing_answer=generation.answer,
        terms=terms_record(exemplar.prompt.dataset, [run_terms(generation.run), *repairing]),
        provenance={
            "content_hash": exemplar.content_hash,
            "approved_by": pseudonyms.get(exemplar.approved_by_id),
            "approved_at": exemplar.approved_at.isoformat(),
            "ticked": exemplar.ticked,
            "candidate": {"basis": exemplar.candidate.basis, "reasons": exemplar.candidate.reasons},
            "generation": {
                **run_record(generation.run),
                "reasoning": generation.reasoning,
                "answer": generation.answer,
            },
            "repair": {
                **_attempt(repair, pseudonyms),
                "edit_distance": repair.edit_distance,
                "unmentioned": repair.unmentioned,
                "revised": [_attempt(ancestor, pseudonyms) for ancestor in lineage[1:]],
            },
            "proof": _proof(proof),
        },
    )


def _attempt(repair: Repair, pseudonyms: Mapping[int, str]) -> Json:
    """How an attempt was made: by which model, with which edits, or by whom."""
    model = repair.language_model
    return {
        "method": repair.method,
        "language_model": model and {"slug": model.slug, "name": model.name, "revision": model.revision},
        "sampling": repair.sampling,
        "parameters": repair.parameters,
        "prompt_version": repair.prompt_version,
        "round": repair.round,
        "sample": repair.sample,
        "author": pseudonyms.get(repair.author_id) if repair.author_id else None,
    }


def _proof(proof: ExemplarProof | None) -> Json | None:
    """The newest verdicts by constraint, with their notes and without their spans."""
    if proof is None:
        return None
    return {
        "checker_version": proof.checker_version,
        "made_at": proof.made_at.isoformat(),
        "verdicts": [
            {
                "constraint": verdict["position"],
                "kind": verdict["kind"],
                "strict": verdict["strict"],
                "loose": verdict["loose"],
                "note": str(read_evidence(verdict["evidence"]).strict.note),
            }
            for verdict in proof.verdicts
        ],
    }


def _newest_proofs(exemplar_ids: Collection[int]) -> dict[int, ExemplarProof]:
    proofs = ExemplarProof.objects.filter(exemplar__in=exemplar_ids).order_by("exemplar_id", "id")
    return {proof.exemplar_id: proof for proof in proofs}


def _lineages(repairs: Collection[Repair]) -> dict[int, list[Repair]]:
    """repair id -> the repair, and the attempts that it revises, newest first."""
    candidates = {repair.candidate_id for repair in repairs}
    attempts = Repair.objects.filter(candidate__in=candidates).select_related("language_model").defer("model_calls")
    by_id = attempts.in_bulk()
    lineages: dict[int, list[Repair]] = defaultdict(list)
    for repair in repairs:
        current: int | None = repair.pk
        while current is not None:
            lineages[repair.pk].append(by_id[current])
            current = by_id[current].parent_id
    return lineages
