"""The forms of an account: its password, and the name of a token."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate, password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotator.accounts import login_throttling
from annotator.accounts.models import ApiToken
from annotator.accounts.services.tokens import MAX_NAME
from annotator.web.decorators import SignedInRequest


def _password_field(label: Any, autocomplete: str) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, strip=False, max_length=1024, widget=widget)


class PasswordForm(forms.Form):
    """The present password and twice the new one. A wrong present one counts like a wrong login."""

    current = _password_field(gettext_lazy("Your password now"), "current-password")
    new = _password_field(gettext_lazy("New password"), "new-password")
    again = _password_field(gettext_lazy("New password again"), "new-password")

    def __init__(self, data: Any, *, request: SignedInRequest) -> None:
        super().__init__(data)
        self._request = request

    def clean_current(self) -> str:
        current: str = self.cleaned_data["current"]
        name = self._request.user.get_username()
        if authenticate(self._request, username=name, password=current) is None:
            refused = login_throttling.refusal(self._request, name)
            raise ValidationError(refused[0] if refused else _("This is not your password."))
        return current

    def clean_new(self) -> str:
        new: str = self.cleaned_data["new"]
        password_validation.validate_password(new, self._request.user)
        return new

    def clean(self) -> dict[str, Any]:
        fields: dict[str, Any] = super().clean() or self.cleaned_data
        if "new" in fields and fields.get("again") != fields["new"]:
            self.add_error("again", _("The two new passwords differ; type the same one twice."))
        return fields


class TokenForm(forms.Form):
    """The name of a new token, and its scopes: to begin with it only reads."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=MAX_NAME,
        error_messages={"required": gettext_lazy("Name the token, for instance after the machine that will use it.")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it is good for"),
        choices=ApiToken.Scope.choices,
        initial=[ApiToken.Scope.READ],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one thing that the token is good for.")},
    )
