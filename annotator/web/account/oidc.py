"""Login by a login server (OpenID Connect), with django-allauth.

Loaded only where OIDC_ISSUER is set. A login begins here and ends in allauth's callback, which asks the adapter below
whose it is. allauth checks the state and PKCE, exchanges the code and verifies the signature,
issuer, audience and end of the ID token; the nonce and the person are checked here. allauth's own tables stay empty.
"""

import logging
from collections.abc import Mapping
from secrets import token_urlsafe
from typing import Any, NoReturn

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from requests import RequestException

from annotator.accounts.addresses import client_address
from annotator.accounts.services import Claims, LoginRefused, address_remember, identity_login

logger = logging.getLogger(__name__)

_PROVIDER = "oidc"
_SESSIONS_BY = "django.contrib.auth.backends.ModelBackend"
_NO_LOGIN_SERVER = (RequestException, KeyError, TypeError, ValueError)
"""Raised where the login server is away, or answers something else than its protocol says."""


class _VerifiedTokens(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth has no types
    """Verifies the signature of every ID token, also of one that came straight from the login server."""

    def get_access_token_data(self, *args: Any, **options: Any) -> Any:
        data = super().get_access_token_data(*args, **options)
        self.did_fetch_access_token = False  # allauth trusts the connection where it is set
        return data


class LoginServerAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Decides every login by itself: allauth neither matches nor creates accounts."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> NoReturn:
        try:
            claims = _claims(sociallogin.account.extra_data, sociallogin.state.get("nonce"))
            user = identity_login(issuer=settings.OIDC_ISSUER, claims=claims)
        except LoginRefused as refusal:
            raise ImmediateHttpResponse(_refused(request, str(refusal))) from None
        login(request, user, backend=_SESSIONS_BY)
        address_remember(user=user, address=client_address(request))
        raise ImmediateHttpResponse(redirect(sociallogin.state.get("next") or settings.LOGIN_REDIRECT_URL))

    def on_authentication_error(self, request: HttpRequest, provider: Any, **details: Any) -> NoReturn:
        logger.warning("a login by %s failed: %s", settings.OIDC_NAME, details.get("exception") or details.get("error"))
        raise ImmediateHttpResponse(_refused(request, _failed()))


@never_cache
@require_GET
def oidc_login(request: HttpRequest) -> HttpResponse:
    """Send the visitor to the login server, with state, nonce and PKCE; `?next=` is a page of this site."""
    page, nonce = request.GET.get("next", ""), token_urlsafe(24)
    safe = url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure())
    try:
        provider = get_adapter(request).get_provider(request, _PROVIDER)
        response: HttpResponse = provider.redirect(
            request,
            process=AuthProcess.LOGIN,
            next_url=page if safe else None,
            auth_params={"nonce": nonce},
            nonce=nonce,
        )
    except _NO_LOGIN_SERVER as error:
        logger.warning("%s does not answer as a login server: %r", settings.OIDC_NAME, error)
        return _refused(request, _away())
    return response


@never_cache
@require_GET
def oidc_callback(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Receive the visitor from the login server."""
    del provider_id  # there is one
    try:
        response: HttpResponse = OAuth2CallbackView.adapter_view(_VerifiedTokens(request, _PROVIDER))(request)
    except _NO_LOGIN_SERVER as error:
        logger.warning("%s answered a login with what is none: %r", settings.OIDC_NAME, error)
        return _refused(request, _failed())
    return response


def _claims(received: Mapping[str, Any], nonce: str | None) -> Claims:
    """Read who logs in. The profile may be of nobody else than the signed token, and the token of no other login."""
    token, profile = received.get("id_token") or {}, received.get("userinfo") or {}
    if not nonce or token.get("nonce") != nonce or profile.get("sub", token.get("sub")) != token.get("sub"):
        raise LoginRefused(_failed())
    person = {**token, **profile}
    speaker = profile if "email_verified" in profile else token  # of the address beside it, and of no other
    verified = speaker.get("email_verified") in (True, "true") and speaker.get("email") == person.get("email")
    return Claims(
        subject=str(token["sub"]),
        email=str(person.get("email") or "").strip() if verified else "",
        name=str(person.get("preferred_username") or ""),
    )


def _refused(request: HttpRequest, sentence: str) -> HttpResponse:
    messages.error(request, sentence)
    return redirect("login")


def _failed() -> str:
    return _("Logging in with %(name)s did not work; begin again on this page.") % {"name": settings.OIDC_NAME}


def _away() -> str:
    return _("%(name)s does not answer now; try again in a while.") % {"name": settings.OIDC_NAME}
