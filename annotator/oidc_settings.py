"""Settings of a login server (OpenID Connect) and of django-allauth, a part of `settings`.

django-allauth does the protocol, and `accounts.services.identities` decides whose login it is. Without OIDC_ISSUER
allauth is not loaded. See docs/deployment.md.
"""

from django.core.exceptions import ImproperlyConfigured

from annotator import env

OIDC_ISSUER = env.issuer("OIDC_ISSUER")
OIDC_CLIENT_ID = env.text("OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = env.text("OIDC_CLIENT_SECRET", "")
env.together(OIDC_ISSUER=OIDC_ISSUER, OIDC_CLIENT_ID=OIDC_CLIENT_ID, OIDC_CLIENT_SECRET=OIDC_CLIENT_SECRET)
OIDC_NAME = env.text("OIDC_NAME", "your organisation")
OIDC_SIGNUP = env.boolean("OIDC_SIGNUP", default=False)
OIDC_SIGNUP_DOMAINS = [domain.lower() for domain in env.words("OIDC_SIGNUP_DOMAINS", "")]
PASSWORD_LOGIN = env.boolean("PASSWORD_LOGIN", default=True)
if OIDC_SIGNUP and not OIDC_SIGNUP_DOMAINS:
    raise ImproperlyConfigured(
        "OIDC_SIGNUP: name the domains of the e-mail addresses for which accounts are made in OIDC_SIGNUP_DOMAINS."
    )
if not PASSWORD_LOGIN and not OIDC_ISSUER:
    raise ImproperlyConfigured("PASSWORD_LOGIN=0 without OIDC_ISSUER: nobody could log in; set a login server first.")

PASSWORD_REFUSALS = [] if PASSWORD_LOGIN else ["annotator.accounts.password_login.NoPasswordBackend"]
ALLAUTH_APPS = [
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
]
ALLAUTH_MIDDLEWARE = ["allauth.account.middleware.AccountMiddleware"]
if not OIDC_ISSUER:
    ALLAUTH_APPS, ALLAUTH_MIDDLEWARE = [], []
ACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_ADAPTER = "annotator.web.account.oidc.LoginServerAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "oidc",
                "name": OIDC_NAME,
                "client_id": OIDC_CLIENT_ID,
                "secret": OIDC_CLIENT_SECRET,
                "settings": {"server_url": OIDC_ISSUER, "oauth_pkce_enabled": True},
            }
        ]
    }
}
