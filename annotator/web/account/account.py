"""The account page: the visitor's password, tokens, and logging out everywhere."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from annotator import access
from annotator.accounts import services
from annotator.accounts.password_login import no_passwords_sentence
from annotator.accounts.selectors import tokens_of
from annotator.web.account.forms import PasswordForm, TokenForm
from annotator.web.decorators import SignedInRequest, page, post_page


@page
def account_page(request: SignedInRequest) -> HttpResponse:
    return _account(request)


@never_cache
@post_page
def password_change(request: SignedInRequest) -> HttpResponse:
    """Change the password. This session goes on; the others and all tokens end."""
    if not settings.PASSWORD_LOGIN:
        messages.error(request, no_passwords_sentence(settings.OIDC_NAME))
        return redirect("account")
    form = PasswordForm(request.POST, request=request)
    if not form.is_valid():
        return _account(request, password_form=form, status=422)
    services.password_change(user=request.user, password=form.cleaned_data["new"])
    update_session_auth_hash(request, request.user)
    messages.success(request, _("Your password is changed. Your other sessions and all your tokens have ended."))
    return redirect("account")


@never_cache
@post_page
def token_new(request: SignedInRequest) -> HttpResponse:
    """Issue a token and show it, this once: the page that shows it is no address that could be opened again."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _account(request, token_form=form, status=422)
    issued = services.token_issue(user=request.user, **form.cleaned_data)
    return _account(request, new_token=issued.text)


@post_page
def token_revoke(request: SignedInRequest, token: UUID) -> HttpResponse:
    found = access.own_token(request.user, token)
    services.token_revoke(token=found, by=request.user)
    messages.success(request, _("The token “%(name)s” has ended.") % {"name": found.name or _("without a name")})
    return redirect("account")


@post_page
def logout_everywhere(request: SignedInRequest) -> HttpResponse:
    """End all sessions and tokens, this session included."""
    services.everything_end(user=request.user)
    logout(request)
    messages.success(request, _("You are logged out everywhere, and all your tokens have ended."))
    return redirect("login")


def _account(
    request: SignedInRequest,
    *,
    password_form: PasswordForm | None = None,
    token_form: TokenForm | None = None,
    new_token: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "password_form": password_form or PasswordForm(None, request=request),
        "token_form": token_form or TokenForm(),
        "passwords": settings.PASSWORD_LOGIN and request.user.has_usable_password(),
        "new_token": new_token,
        "tokens": tokens_of(request.user),
        "origin": f"{request.scheme}://{request.get_host()}",
    }
    return render(request, "account.html", context, status=status)
