"""The accounts of the site, for site leads: closed, opened again, forgotten, and their tokens ended."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from annotator import access
from annotator.accounts.selectors import tokens_of
from annotator.accounts.services import token_revoke
from annotator.personal_data.services import person_forget
from annotator.studies import services
from annotator.studies.errors import StudyError
from annotator.studies.selectors.members import memberships_of, with_memberships
from annotator.web.decorators import SignedInRequest, page, post_page
from annotator.web.paging import page_by


@page
def people_page(request: SignedInRequest) -> HttpResponse:
    people = page_by(request, with_memberships(access.accounts_led_by(request.user)), "pk")
    return render(request, "people.html", {"people": people})


@page
def person_page(request: SignedInRequest, user_id: int) -> HttpResponse:
    person = access.account_for(request.user, user_id)
    context = {"person": person, "memberships": memberships_of(person), "tokens": tokens_of(person)}
    return render(request, "person.html", context)


@post_page
def account_close(request: SignedInRequest, user_id: int) -> HttpResponse:
    person = access.account_for(request.user, user_id)
    try:
        services.account_close(user=person, by=request.user)
    except StudyError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request,
            _("%(name)s cannot log in any more; all sessions and tokens have ended.") % {"name": person.get_username()},
        )
    return redirect("person", user_id)


@post_page
def account_open(request: SignedInRequest, user_id: int) -> HttpResponse:
    person = access.account_for(request.user, user_id)
    services.account_open(user=person, by=request.user)
    messages.success(request, _("%(name)s can log in again.") % {"name": person.get_username()})
    return redirect("person", user_id)


@post_page
def account_forget(request: SignedInRequest, user_id: int) -> HttpResponse:
    """Delete the personal data of an account for good, once its name was typed."""
    person = access.account_for(request.user, user_id)
    name = person.get_username()
    if request.POST.get("name", "").strip() != name:
        messages.error(request, _("Type the name %(name)s to confirm; nothing was deleted.") % {"name": name})
        return redirect("person", user_id)
    try:
        forgotten = person_forget(user=person, by=request.user)
    except StudyError as error:
        messages.error(request, str(error))
        return redirect("person", user_id)
    messages.success(
        request, _("%(name)s is %(new)s from now on; their labels stay.") % {"name": name, "new": forgotten.name}
    )
    return redirect("people")


@post_page
def account_token_revoke(request: SignedInRequest, user_id: int, token: UUID) -> HttpResponse:
    found = access.account_token(request.user, user_id, token)
    token_revoke(token=found, by=request.user)
    messages.success(request, _("The token “%(name)s” has ended.") % {"name": found.name or _("without a name")})
    return redirect("person", user_id)
