"""Notices of runs that exist already. Another lead's run is never one: theirs is a run of its own."""

from django.contrib import messages
from django.utils.translation import gettext as _

from annotator.runs.models import Run
from annotator.web.decorators import SignedInRequest


def tell_existing(request: SignedInRequest, run: Run) -> None:
    """Say that a run is not new."""
    messages.info(request, _("Run %(pk)s is exactly that one already.") % {"pk": run.pk})
