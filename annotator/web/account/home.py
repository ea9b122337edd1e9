"""The home page: the user's studies with progress, and a link to the next one with work."""

from django.http import HttpResponse
from django.shortcuts import render

from annotator import access
from annotator.studies.selectors.progress import study_cards
from annotator.web.decorators import SignedInRequest, page


@page
def home(request: SignedInRequest) -> HttpResponse:
    cards = study_cards(request.user, access.studies_of(request.user))
    to_do = next((card for card in cards if card.to_do), None)
    return render(request, "home.html", {"cards": cards, "to_do": to_do, "leads": access.is_lead(request.user)})
