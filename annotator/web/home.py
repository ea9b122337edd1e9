"""The first page: my studies, how far I am in each, and one way to go on."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render

from annotator import access
from annotator.studies.models import Membership, Study
from annotator.studies.selectors.progress import Progress, my_progress
from annotator.web.doors import SignedInRequest, reads


@dataclass(frozen=True, slots=True)
class StudyCard:
    """A study as its visitor sees it in a list. Those who lead the site without being a member have no progress."""

    study: Study
    role: str
    progress: Progress | None

    @property
    def to_do(self) -> bool:
        return bool(self.progress and self.progress.remaining and self.study.status == Study.Status.OPEN)


@reads
def home(request: SignedInRequest) -> HttpResponse:
    cards = _cards(request)
    to_do = next((card for card in cards if card.to_do), None)
    return render(request, "home.html", {"cards": cards, "to_do": to_do, "leads": access.is_lead(request.user)})


def _cards(request: SignedInRequest) -> Sequence[StudyCard]:
    roles = dict(Membership.objects.filter(user=request.user).values_list("study_id", "role"))
    joined = ("first_run__dataset", "first_run__language_model")
    return [
        StudyCard(
            study=study,
            role=roles.get(study.pk, ""),
            progress=my_progress(study, request.user) if study.pk in roles else None,
        )
        for study in access.studies_of(request.user).select_related(*joined)
    ]
