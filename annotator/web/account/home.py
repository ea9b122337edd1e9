"""The home page: the user's studies, their progress, and what waits for them."""

from django.http import HttpResponse
from django.shortcuts import render

from annotator import access
from annotator.studies.selectors.study_cards import study_cards
from annotator.studies.selectors.waiting import answered_flags
from annotator.web.archive import archive_filter
from annotator.web.decorators import SignedInRequest, page

_ANSWERS = 5


@page
def home(request: SignedInRequest) -> HttpResponse:
    user = request.user
    studies, archive = archive_filter(request, access.studies_of(user))
    decided, led = access.studies_adjudicated_by(user), access.studies_led_by(user)
    cards = study_cards(user, studies, decided=decided, led=led)
    context = {
        "cards": cards,
        "to_do": next((card for card in cards if card.to_do), None),
        "answered": answered_flags(user)[:_ANSWERS],
        "leads": access.is_lead(user),
        "archive": archive,
    }
    return render(request, "home.html", context)
