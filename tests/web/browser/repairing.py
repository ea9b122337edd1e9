"""The gallery with candidates for dan to repair: the bicycle with attempts of three kinds, the canoe untouched."""

from uuid import UUID

from django.contrib.auth.models import User

from annotator.exemplars.models import Candidate, Repair
from annotator.exemplars.services.attempts import attempt_content
from annotator.exemplars.services.candidates import candidate_create
from annotator.exemplars.services.repairs import repair_submit
from annotator.runs.models import LanguageModel
from annotator.studies.models import Case, Membership
from annotator.studies.services import member_add
from tests.web.browser.gallery import Gallery, make_gallery

REPAIRED = (
    "The Corner is a bicycle for people who live in small and busy places. It folds in four seconds and weighs nine "
    "kilos and slides under any desk without a scratch. The hinge locks with one hand and the chain stays clear of "
    "your coat all day. Commute by train in the morning and by road in the evening. Store it in the hall or under the "
    "stairs or behind a door. Ride home folded."
)
THOUGHT = (
    "No commas anywhere, so I join with “and”. The note needs at least 60 words, so I add where to store it. The last "
    "words must be exactly “Ride home folded.” and nothing may follow them."
)


def make_repairing(alice: User, bob: User, lena: User, dan: User) -> Gallery:
    gallery = make_gallery(alice, bob, lena)
    member_add(study=gallery.study, user=dan, role=Membership.Role.CURATOR)
    return gallery


def case_of(gallery: Gallery, key: str) -> Case:
    return Case.objects.select_related("study", "prompt", "first", "second").get(study=gallery.study, prompt__key=key)


def bicycle(gallery: Gallery, dan: User) -> Candidate:
    """The bicycle's candidate: its answer has commas, and a line after the phrase that must end it."""
    return candidate_create(case=case_of(gallery, "0"), user=dan)


def with_attempts(candidate: Candidate, dan: User) -> None:
    """Add an attempt by a model in each of two rounds, one that waits, one that failed, and one by dan."""
    answer = candidate.generation.answer
    first = by_model(candidate, 1, 1, answer.replace(",", ""))
    by_model(
        candidate, 2, 1, answer.replace(",", "").removesuffix(" We hope you enjoy every ride with us!"), parent=first
    )
    by_model(candidate, 2, 2, status=Repair.Status.FAILED, error="The model ran out of memory; use a smaller batch.")
    repair_submit(candidate=candidate, author=dan, reasoning=f"{THOUGHT} Read twice.", answer=answer.replace(", ", " "))


def by_model(candidate: Candidate, number: int, sample: int, answer: str = "", **fields: object) -> Repair:
    content = attempt_content(candidate, reasoning=THOUGHT, answer=answer) if answer else {}
    return Repair.objects.create(
        candidate=candidate,
        method=Repair.Method.MODEL,
        request=UUID(int=7),
        round=number,
        sample=sample,
        language_model=LanguageModel.objects.get(slug="smollm2-135m"),
        **{"status": Repair.Status.DONE, **content, **fields},
    )
