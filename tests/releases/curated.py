"""A curated study as rows: failing answers of the cast's world, approved exemplars, and a prompt set of them."""

from dataclasses import dataclass

from django.contrib.auth.models import User
from django.utils import timezone

from annotator.canonical import fingerprint
from annotator.constraints import CHECKER_VERSION
from annotator.exemplars.models import Candidate, Exemplar, ExemplarProof, PromptSet, PromptSetMember, Repair
from annotator.exemplars.proof import prove
from annotator.studies.models import Study
from annotator.studies.services import member_add

REPAIRED = {"tea": "Tea of course.", "bike": "a red bike"}
REASONING = {"tea": "No commas: I write one short sentence.", "bike": ""}


@dataclass(frozen=True)
class Curated:
    """The exemplars by the key of their prompt, and a prompt set of them in that order."""

    study: Study
    exemplars: dict[str, Exemplar]
    prompt_set: PromptSet


def make_curated(study: Study, curator: User, **prompt_set: object) -> Curated:
    """Approve the repaired second answers of tea and bike as `curator`, and make a prompt set of both."""
    if not study.memberships.filter(user=curator).exists():
        member_add(study=study, user=curator, role="curator")
    exemplars = {key: make_exemplar(study, key, curator) for key in REPAIRED}
    created = PromptSet.objects.create(study=study, name="no-commas", version=1, created_by=curator, **prompt_set)
    for position, exemplar in enumerate(exemplars.values()):
        PromptSetMember.objects.create(prompt_set=created, exemplar=exemplar, position=position)
    return Curated(study, exemplars, created)


def make_exemplar(study: Study, key: str, curator: User) -> Exemplar:
    """Create an exemplar from the second answer of a case, by an edit of `curator` on a mechanical attempt."""
    case = study.cases.select_related("prompt").get(prompt__key=key)
    candidate = Candidate.objects.create(
        case=case, generation=case.second, basis="verdicts", reasons={"kinds": 1}, requested_by=curator
    )
    proof = prove(case.prompt, REPAIRED[key], REASONING[key])
    attempt = {"candidate": candidate, "status": "done", "verdicts": proof.to_json(), "author": curator}
    mechanical = Repair.objects.create(**attempt, method="mechanical", answer=case.second.answer, edit_distance=0)
    repair = Repair.objects.create(
        **attempt,
        method="person",
        parent=mechanical,
        reasoning=REASONING[key],
        answer=REPAIRED[key],
        edit_distance=1,
        checker_version=CHECKER_VERSION,
    )
    exemplar = Exemplar.objects.create(
        repair=repair,
        candidate=candidate,
        prompt=case.prompt,
        reasoning=repair.reasoning,
        answer=repair.answer,
        content_hash=fingerprint("exemplar", [case.prompt.text, repair.reasoning, repair.answer]),
        approved_by=curator,
    )
    ExemplarProof.objects.create(
        exemplar=exemplar, checker_version=CHECKER_VERSION, verdicts=proof.to_json(), holds=True
    )
    return exemplar


def withdraw(exemplar: Exemplar, curator: User) -> None:
    exemplar.withdrawn_by, exemplar.withdrawn_at, exemplar.withdrawn_reason = curator, timezone.now(), "It is dull."
    exemplar.save()
