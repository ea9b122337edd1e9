"""The login page: by password, with a pause after too many wrong ones, or by a login server."""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from annotator.accounts import login_throttling
from annotator.accounts.addresses import client_address
from annotator.accounts.password_login import no_passwords_sentence
from annotator.accounts.services import address_remember

_THROTTLED = "throttled"


class LoginForm(AuthenticationForm):
    """Name and password. One sentence answers both an unknown name and a wrong password, so that no names leak."""

    error_messages = {
        "invalid_login": _("This user name and password do not belong together. Letter case counts in both."),
    }

    @property
    def throttled(self) -> bool:
        return self.has_error("__all__", _THROTTLED)

    @property
    def refusal(self) -> str:
        errors = self.non_field_errors() or [self.error_messages["invalid_login"]]
        return str(errors[0])

    def clean(self) -> dict[str, Any]:
        if not settings.PASSWORD_LOGIN:
            raise ValidationError(no_passwords_sentence(settings.OIDC_NAME))
        return super().clean()

    def get_invalid_login_error(self) -> ValidationError:
        username = self.cleaned_data["username"]
        refused = login_throttling.refusal(self.request, username)
        if refused is None:
            return super().get_invalid_login_error()
        return ValidationError(refused[0], code=_THROTTLED)


class LoginPage(LoginView):
    """The login view; a signed-in visitor is redirected home."""

    template_name = "login.html"
    authentication_form = LoginForm
    redirect_authenticated_user = True

    def get_context_data(self, **values: Any) -> dict[str, Any]:
        login_server = settings.OIDC_NAME if settings.OIDC_ISSUER else ""
        return super().get_context_data(
            **values,
            login_server=login_server,
            passwords=settings.PASSWORD_LOGIN,
            signup_domains=settings.OIDC_SIGNUP_DOMAINS if settings.OIDC_SIGNUP else (),
        )

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        address_remember(user=form.get_user(), address=client_address(self.request))
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        if form.throttled:
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
        return response
