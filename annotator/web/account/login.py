"""The login page, with a pause after too many wrong passwords."""

from http import HTTPStatus
from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _

from annotator.accounts import login_throttling
from annotator.accounts.addresses import client_address
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

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        address_remember(user=form.get_user(), address=client_address(self.request))
        return response

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        if form.throttled:
            response.status_code = HTTPStatus.TOO_MANY_REQUESTS
        return response
