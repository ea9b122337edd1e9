"""Logins by a real login server over HTTP, with django-allauth; `test_login_server` runs them with its settings."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings as django_settings
from django.contrib.auth.models import User
from django.test import Client

from annotator.accounts.models import LoginIdentity
from annotator.events.models import Event
from tests.accounts.login_server import OTHER_KEY, LoginServer, served

pytestmark = pytest.mark.django_db
CALLBACK = "/login/oidc/callback/"


@pytest.fixture
def server() -> Iterator[LoginServer]:
    new = LoginServer(django_settings.OIDC_ISSUER, django_settings.OIDC_CLIENT_ID, django_settings.OIDC_CLIENT_SECRET)
    with served(new):
        yield new


@pytest.fixture
def erin(db: None) -> User:
    return User.objects.create_user("erin", email="Erin@example.org", password="erin-password-1")


def begun(client: Client, page: str = "") -> str:
    """The address at the login server to which the button leads."""
    answer = client.get("/login/oidc/", {"next": page} if page else {})
    assert answer.status_code == 302
    return str(answer.url)


def logged_in(client: Client, server: LoginServer, *, sub: str = "e-1", page: str = "", **person: Any) -> Any:
    """Log in as a person with a verified address, unless `person` says otherwise; return the page after it."""
    person = {"sub": sub, "email": "erin@example.org", "email_verified": True, **person}
    return client.get(CALLBACK, server.authorize(begun(client, page), **person), follow=True)


def name_of(client: Client) -> str:
    """Who is logged in; "" for nobody."""
    number = client.session.get("_auth_user_id")
    return User.objects.get(pk=number).get_username() if number else ""


def refused(client: Client, answer: Any, sentence: str) -> None:
    assert name_of(client) == ""
    assert answer.redirect_chain[-1][0] == "/login/"
    assert sentence in " ".join(answer.content.decode().split())


FAILED = "Logging in with the university did not work; begin again on this page."


def test_the_login_page_leads_to_the_login_server_with_state_nonce_and_pkce(
    client: Client, server: LoginServer
) -> None:
    assert "Log in with the university" in client.get("/login/").content.decode()
    address = urlsplit(begun(client))
    asked = {name: values[0] for name, values in parse_qs(address.query).items()}
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{server.issuer}/authorize"
    assert asked["redirect_uri"] == f"http://testserver{CALLBACK}"
    assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
    assert set(asked["scope"].split()) == {"openid", "profile", "email"}
    assert min(len(asked[name]) for name in ("state", "nonce", "code_challenge")) >= 16


def test_a_person_with_a_verified_address_opens_their_account(client: Client, server: LoginServer, erin: User) -> None:
    logged_in(client, server)
    assert name_of(client) == "erin"
    identity = LoginIdentity.objects.get()
    assert (identity.user, identity.issuer, identity.subject) == (erin, server.issuer, "e-1")
    event = Event.objects.get(kind="account.linked")
    assert (event.actor, event.payload) == (erin, {"issuer": server.issuer})


def test_a_known_person_opens_their_account_whatever_their_address_is_now(
    client: Client, server: LoginServer, erin: User
) -> None:
    logged_in(client, server)
    other = Client()
    logged_in(other, server, email="married@example.org", email_verified=False)
    assert name_of(other) == "erin"


def test_an_address_that_is_not_verified_opens_nothing(client: Client, server: LoginServer, erin: User) -> None:
    for said in (False, "false", None, 0):
        answer = logged_in(client, server, email_verified=said)
        refused(client, answer, "The login server has not verified your e-mail address")
    assert not LoginIdentity.objects.exists()


def test_a_verified_address_verifies_no_other_one(client: Client, server: LoginServer, erin: User) -> None:
    server.token = {"email": "mallory@example.org", "email_verified": True}
    for person in ({"email": "erin@example.org"}, {"email": "erin@example.org", "email_verified": False}):
        query = server.authorize(begun(client), sub="m-1", **person)
        answer = client.get(CALLBACK, query, follow=True)
        refused(client, answer, "The login server has not verified your e-mail address")


def test_an_address_that_the_token_alone_calls_verified_opens_its_account(
    client: Client, server: LoginServer, erin: User
) -> None:
    server.token = {"email": "erin@example.org", "email_verified": True}
    client.get(CALLBACK, server.authorize(begun(client), sub="e-1", email="erin@example.org"))
    assert name_of(client) == "erin"


def test_somebody_without_an_account_is_refused(client: Client, server: LoginServer, erin: User) -> None:
    answer = logged_in(client, server, email="mallory@example.org")
    refused(client, answer, "No account here has your e-mail address; ask a site lead for one.")
    assert User.objects.count() == 1


def test_a_closed_account_is_refused_before_and_after_it_was_linked(
    client: Client, server: LoginServer, erin: User
) -> None:
    User.objects.update(is_active=False)
    refused(client, logged_in(client, server), "Your account here is closed")
    User.objects.update(is_active=True)
    logged_in(Client(), server)
    User.objects.update(is_active=False)
    refused(client, logged_in(client, server), "Your account here is closed")


def test_a_new_person_with_somebody_elses_old_address_is_refused(
    client: Client, server: LoginServer, erin: User
) -> None:
    logged_in(Client(), server)
    answer = logged_in(client, server, sub="e-2")
    refused(client, answer, "The account with your e-mail address belongs to another login")


def test_an_address_of_two_accounts_opens_neither(client: Client, server: LoginServer, erin: User) -> None:
    User.objects.create_user("erin2", email="erin@example.org")
    refused(client, logged_in(client, server), "Several accounts here have your e-mail address")


# --- attacks --------------------------------------------------------------------------------------------------------


def test_a_state_of_another_browser_is_refused(client: Client, server: LoginServer, erin: User) -> None:
    person = {"sub": "e-1", "email": "erin@example.org", "email_verified": True}
    query = server.authorize(begun(Client()), **person)
    refused(client, client.get(CALLBACK, query, follow=True), FAILED)
    begun(client)
    refused(client, client.get(CALLBACK, query, follow=True), FAILED)
    refused(client, client.get(CALLBACK, {"code": query["code"]}, follow=True), FAILED)


def test_a_state_is_good_once(client: Client, server: LoginServer, erin: User) -> None:
    person = {"sub": "e-1", "email": "erin@example.org", "email_verified": True}
    query = server.authorize(begun(client), **person)
    client.get(CALLBACK, query)
    client.post("/logout/")
    refused(client, client.get(CALLBACK, query, follow=True), FAILED)


def test_a_stolen_code_is_refused_without_the_verifier_of_who_began(
    client: Client, server: LoginServer, erin: User
) -> None:
    person = {"sub": "e-1", "email": "erin@example.org", "email_verified": True}
    stolen = server.authorize(begun(Client()), **person)
    own = server.authorize(begun(client), **person)
    refused(client, client.get(CALLBACK, {"code": stolen["code"], "state": own["state"]}, follow=True), FAILED)


UNTRUE = {
    "another nonce": {"token": {"nonce": "replayed"}},
    "no nonce": {"token": {"nonce": None}},
    "another audience": {"token": {"aud": "somebody-else"}},
    "another issuer": {"token": {"iss": "https://evil.example.org"}},
    "an end that has passed": {"token": {"exp": 1}},
    "the key of somebody else": {"key": OTHER_KEY},
    "a secret in place of a key": {"key": "x" * 40, "algorithm": "HS256"},
    "no signature": {"key": None, "algorithm": "none"},
    "the profile of somebody else": {"profile": {"sub": "e-2"}},
}


@pytest.mark.parametrize("lie", UNTRUE)
def test_a_token_that_is_not_true_opens_nothing(client: Client, server: LoginServer, erin: User, lie: str) -> None:
    for name, value in UNTRUE[lie].items():
        setattr(server, name, value)
    refused(client, logged_in(client, server), FAILED)


def test_a_login_that_was_cancelled_leads_back_to_the_login_page(client: Client, server: LoginServer) -> None:
    state = server.authorize(begun(client), sub="e-1")["state"]
    refused(client, client.get(CALLBACK, {"error": "access_denied", "state": state}, follow=True), FAILED)


def test_a_login_server_that_is_away_is_named(client: Client, erin: User) -> None:
    answer = client.get("/login/oidc/", follow=True)
    refused(client, answer, "the university does not answer now; try again in a while.")
    assert client.post("/login/", {"username": "erin", "password": "erin-password-1"}).status_code == 302


@pytest.mark.parametrize(
    ("page", "landed"), [("/account/", "/account/"), ("https://evil.example.org/", "/"), ("//evil.example.org", "/")]
)
def test_a_login_leads_on_to_pages_of_this_site_alone(
    client: Client, server: LoginServer, erin: User, page: str, landed: str
) -> None:
    assert logged_in(client, server, page=page).redirect_chain[0][0] == landed


def test_somebody_who_is_logged_in_becomes_who_the_login_server_names(
    client: Client, server: LoginServer, erin: User
) -> None:
    client.force_login(User.objects.create_user("bob"))
    logged_in(client, server)
    assert name_of(client) == "erin"


# --- accounts made at the first login -------------------------------------------------------------------------------


def test_an_account_is_made_for_an_allowed_domain_alone(client: Client, server: LoginServer, settings: Any) -> None:
    settings.OIDC_SIGNUP, settings.OIDC_SIGNUP_DOMAINS = True, ["example.org"]
    User.objects.create_user("Frank")
    logged_in(client, server, email="f@EXAMPLE.org", preferred_username="frank")
    assert name_of(client) == "frank-2"
    made = User.objects.get(username="frank-2")
    assert (made.email, made.has_usable_password(), made.is_staff) == ("f@example.org", False, False)
    other = Client()
    for address in ("f@evil.example.org", "f@example.org.evil.com", "f@example.com"):
        refused(other, logged_in(other, server, sub="x", email=address), "No account here has your e-mail address")
    refused(other, logged_in(other, server, sub="x", email="g@example.org", email_verified=False), "has not verified")


# --- without passwords ----------------------------------------------------------------------------------------------


def test_passwords_can_be_turned_off(client: Client, server: LoginServer, erin: User, settings: Any) -> None:
    settings.PASSWORD_LOGIN = False
    backend = "annotator.accounts.password_login.NoPasswordBackend"
    settings.AUTHENTICATION_BACKENDS = [backend, *settings.AUTHENTICATION_BACKENDS]
    page = client.get("/login/").content.decode()
    assert 'name="password"' not in page
    credentials = {"username": "erin", "password": "erin-password-1"}
    told = client.post("/login/", credentials)
    assert "Passwords are turned off here; log in with the university." in told.content.decode()
    token = client.post("/api/v1/token/", credentials, content_type="application/json")
    assert token.status_code == 403
    assert "Make a token on your account page." in token.content.decode()
    logged_in(client, server)
    assert name_of(client) == "erin"
    assert client.get("/account/").status_code == 200
    assert "password-title" not in client.get("/account/").content.decode()
