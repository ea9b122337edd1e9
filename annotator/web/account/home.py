"""The home page: the user's studies with progress, and a link to the next one with work."""

from django.http import HttpResponse
from django.shortcuts import render

from annotator import access
from annotator.studies.selectors.progress import study_cards
from annotator.web.archive import archive_filter
from annotator.web.decorators import SignedInRequest, page


@page
def home(request: SignedInRequest) -> HttpResponse:
    studies, archive = archive_filter(request, access.studies_of(request.user))
    cards = study_cards(request.user, studies)
    to_do = next((card for card in cards if card.to_do), None)
    context = {"cards": cards, "to_do": to_do, "leads": access.is_lead(request.user), "archive": archive}
    return render(request, "home.html", context)
