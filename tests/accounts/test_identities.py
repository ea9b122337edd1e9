"""E-mail addresses of accounts, by which a login server finds them."""

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from annotator.accounts.models import LoginIdentity
from annotator.accounts.services import Claims, LoginRefused, identity_login
from annotator.personal_data.services import person_forget

pytestmark = pytest.mark.django_db
ISSUER = "https://login.example.org"


def test_an_operator_gives_an_account_its_address_once(alice: User, bob: User) -> None:
    call_command("add_person", "alice", "--email", "alice@example.org")
    alice.refresh_from_db()
    assert alice.email == "alice@example.org"
    with pytest.raises(CommandError, match=r"Another account has the e-mail address ALICE@example\.org\."):
        call_command("add_person", "bob", "--email", "ALICE@example.org")
    call_command("add_person", "alice", "--email", "")
    alice.refresh_from_db()
    assert alice.email == ""


def test_an_account_without_an_address_is_opened_by_no_login_server(alice: User) -> None:
    with pytest.raises(LoginRefused, match="has not verified your e-mail address"):
        identity_login(issuer=ISSUER, claims=Claims(subject="a-1", email=""))
    with pytest.raises(LoginRefused, match="did not say who you are"):
        identity_login(issuer=ISSUER, claims=Claims(subject="", email="alice@example.org"))


def test_a_forgotten_person_is_no_longer_known_at_the_login_server(alice: User) -> None:
    call_command("add_person", "alice", "--email", "alice@example.org")
    claims = Claims(subject="a-1", email="alice@example.org")
    assert identity_login(issuer=ISSUER, claims=claims) == alice
    person_forget(user=alice)
    assert not LoginIdentity.objects.exists()
    with pytest.raises(LoginRefused, match="No account here has your e-mail address"):
        identity_login(issuer=ISSUER, claims=claims)
