"""Members of a study, for its leads: added on the study's page, changed on pages of their own."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotator import access
from annotator.accounts.selectors import tokens_of
from annotator.accounts.services import token_revoke
from annotator.studies import services
from annotator.studies.errors import StudyError
from annotator.studies.models import Membership, Study
from annotator.studies.selectors.members import member_counts
from annotator.studies.services.members import MemberChange
from annotator.web.case.form import first_problem
from annotator.web.decorators import SignedInRequest, lead_page, lead_post_page, post_page
from annotator.web.labels import label_for
from annotator.web.lead.forms import ROLES, DeactivationForm, MemberForm
from annotator.web.lead.studies import render_study


@post_page
def member_add(request: SignedInRequest, slug: str) -> HttpResponse:
    """Add a member; a refused form is shown again as typed, on the study's page."""
    study = access.study_led_by(request.user, slug)
    form = MemberForm(request.POST)
    if not form.is_valid():
        return _refused(request, study, form, first_problem(form), status=422)
    try:
        member = services.member_add(study=study, **form.cleaned_data, by=request.user)
    except StudyError as error:
        return _refused(request, study, form, str(error), status=409)
    messages.success(
        request,
        _("%(name)s is in: %(role)s.")
        % {"name": form.cleaned_data["user"].get_username(), "role": label_for("role", member.role)},
    )
    return redirect("study", slug)


@lead_page
def member_page(request: SignedInRequest, slug: str, member_id: int) -> HttpResponse:
    return _member(request, access.member_led_by(request.user, slug, member_id))


@lead_post_page
def member_role(request: SignedInRequest, slug: str, member_id: int) -> HttpResponse:
    member = access.member_led_by(request.user, slug, member_id)
    try:
        services.member_add(study=member.study, user=member.user, role=request.POST.get("role", ""), by=request.user)
    except StudyError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("The role is changed."))
    # Who has just given up leading cannot open the page of a member any more.
    opened = access.may(request.user, "lead", member.study)
    return redirect("member", slug, member_id) if opened else redirect("study", slug)


@lead_post_page
def member_own(request: SignedInRequest, slug: str, member_id: int) -> HttpResponse:
    """Hand the study over to a member."""
    member = access.member_owned_by(request.user, slug, member_id)
    try:
        services.study_hand_over(membership=member, by=request.user)
    except StudyError as error:
        messages.error(request, str(error))
    else:
        name = {"name": member.user.get_username()}
        messages.success(request, _("%(name)s owns the study now; you lead it as before.") % name)
    return redirect("member", slug, member_id)


@lead_post_page
def member_deactivate(request: SignedInRequest, slug: str, member_id: int) -> HttpResponse:
    """Deactivate a member, or change what was chosen; a refused form is shown again as typed."""
    member = access.member_led_by(request.user, slug, member_id)
    form = DeactivationForm(request.POST)
    if not form.is_valid():
        return _member(request, member, form, first_problem(form), status=422)
    try:
        change = services.member_deactivate(
            membership=member,
            by=request.user,
            reason=form.cleaned_data["reason"],
            left_out=form.cleaned_data["left_out"] == "yes",
            hand_out_again=form.cleaned_data["hand_out_again"],
        )
    except StudyError as error:
        return _member(request, member, form, str(error), status=409)
    messages.success(request, " ".join(_sentences(change)))
    opened = access.may(request.user, "lead", member.study)
    return redirect("member", slug, member_id) if opened else redirect("home")


@lead_post_page
def member_reactivate(request: SignedInRequest, slug: str, member_id: int) -> HttpResponse:
    member = access.member_led_by(request.user, slug, member_id)
    try:
        change = services.member_reactivate(membership=member, by=request.user)
    except StudyError as error:
        messages.error(request, str(error))
        return redirect("member", slug, member_id)
    name = {"name": member.user.get_username()}
    messages.success(
        request, " ".join([_("%(name)s is in again, and their annotations count.") % name, *_gold_sentence(change)])
    )
    return redirect("member", slug, member_id)


@lead_post_page
def member_token_revoke(request: SignedInRequest, slug: str, member_id: int, token: UUID) -> HttpResponse:
    found = access.member_token(request.user, slug, member_id, token)
    token_revoke(token=found, by=request.user)
    messages.success(request, _("The token “%(name)s” has ended.") % {"name": found.name or _("without a name")})
    return redirect("member", slug, member_id)


def _member(
    request: SignedInRequest,
    member: Membership,
    form: DeactivationForm | None = None,
    refusal: str = "",
    *,
    status: int = 200,
) -> HttpResponse:
    initial = {"left_out": "yes" if member.left_out else "no", "reason": member.deactivation_reason}
    may_revoke = access.may_revoke(request.user, member.user)
    context = {
        "study": member.study,
        "member": member,
        "counts": member_counts(member),
        "roles": ROLES,
        "owns": access.may(request.user, "own", member.study),
        "form": form or DeactivationForm(initial=initial),
        "refusal": refusal,
        "may_revoke": may_revoke,
        "tokens": tokens_of(member.user) if may_revoke else (),
    }
    return render(request, "member.html", context, status=status)


def _sentences(change: MemberChange) -> list[str]:
    sentences = [
        _("%(name)s no longer opens this study.") % {"name": change.membership.user.get_username()},
    ]
    if change.released:
        sentences.append(
            ngettext(
                "%(n)d open case went back to the queue.", "%(n)d open cases went back to the queue.", change.released
            )
            % {"n": change.released}
        )
    if change.reopened:
        sentences.append(
            ngettext(
                "%(n)d judged case is handed out again.", "%(n)d judged cases are handed out again.", change.reopened
            )
            % {"n": change.reopened}
        )
    return sentences + _gold_sentence(change)


def _gold_sentence(change: MemberChange) -> list[str]:
    if not change.gold_changed:
        return []
    return [
        ngettext("The gold of %(n)d case changed.", "The gold of %(n)d cases changed.", change.gold_changed)
        % {"n": change.gold_changed}
    ]


def _refused(request: SignedInRequest, study: Study, form: MemberForm, sentence: str, *, status: int) -> HttpResponse:
    """The study's page again, scrolled to the form by its focus."""
    form.fields["user"].widget.attrs["autofocus"] = True
    return render_study(request, study, form, refusal=sentence, status=status)
