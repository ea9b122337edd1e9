"""Exemplars as rows, for tests of prompt sets: proved answers to prompts of the cast's world or of a test's own."""

from collections.abc import Mapping

from django.contrib.auth.models import User
from django.utils import timezone

from annotator.canonical import fingerprint
from annotator.constraints import CHECKER_VERSION
from annotator.datasets.models import Dataset
from annotator.exemplars.models import Candidate, Exemplar, ExemplarProof, Repair
from annotator.exemplars.proof import prove
from annotator.studies.models import Case
from tests.cast import World

ANSWERS = {"rain": "Rain falls softly.", "tea": "Tea of course.", "bike": "a red bike", "moon": "A moon."}
REASONING = "No commas: one short sentence."
TEXTS = {
    "rain": "Write two sentences about the rain that fell on the old harbour last night. Do not use any commas.",
    "tea": "My grandmother collects porcelain. Recommend a black tea that she may serve in it, without any commas.",
    "bike": "Sell my used bicycle in an advert of ten words, without any commas and all in lowercase letters.",
    "moon": "How far away is the moon from a satellite in a low orbit? No commas in the answer, please.",
}


def make_exemplar(
    world: World, key: str, user: User, *, reasoning: str = REASONING, patterns: tuple[str, ...] = ()
) -> Exemplar:
    """Approve a repaired second answer to the prompt `key` of the world, as rows."""
    case = world.study.cases.select_related("prompt", "second").get(prompt__key=key)
    return exemplar_of(case, ANSWERS.get(key, "One short line."), user, reasoning=reasoning, patterns=patterns)


def exemplar_of(
    case: Case, answer: str, user: User, *, reasoning: str = "", patterns: tuple[str, ...] = ()
) -> Exemplar:
    kinds = list(case.prompt.constraints.values_list("position", "kind"))
    violated = [{"position": position, "kind": kind} for position, kind in kinds]
    candidate = Candidate.objects.create(
        case=case,
        generation=case.second,
        basis="gold",
        reasons={"patterns": list(patterns), "violated": violated},
        requested_by=user,
    )
    proof = prove(case.prompt, answer, reasoning)
    repair = Repair.objects.create(
        candidate=candidate,
        method="person",
        status="done",
        author=user,
        reasoning=reasoning,
        answer=answer,
        verdicts=proof.to_json(),
        satisfied=proof.satisfied,
        checker_version=CHECKER_VERSION,
    )
    exemplar = Exemplar.objects.create(
        repair=repair,
        candidate=candidate,
        prompt=case.prompt,
        reasoning=reasoning,
        answer=answer,
        content_hash=fingerprint("exemplar", [case.prompt.text, reasoning, answer]),
        approved_by=user,
    )
    ExemplarProof.objects.create(
        exemplar=exemplar, checker_version=CHECKER_VERSION, verdicts=proof.to_json(), holds=proof.holds()
    )
    return exemplar


def withdraw(exemplar: Exemplar, user: User) -> None:
    exemplar.withdrawn_by, exemplar.withdrawn_at, exemplar.withdrawn_reason = user, timezone.now(), "It is dull."
    exemplar.save()


def tell_apart(dataset: Dataset, texts: Mapping[str, str] = TEXTS) -> None:
    """Give the prompts of a dataset of the cast texts of their own: theirs are near-duplicates of each other."""
    for key, text in texts.items():
        dataset.prompts.filter(key=key).update(text=text)
