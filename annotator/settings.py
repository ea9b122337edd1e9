"""Django settings of every process.

Values that differ between machines come from the environment, through `env`.
"""

import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from csp.constants import NONE, SELF

from annotator import env
from annotator.broker_socket import broker_socket
from annotator.oidc_settings import (  # noqa: F401 - settings of Django and of allauth
    ACCOUNT_EMAIL_VERIFICATION,
    ALLAUTH_APPS,
    ALLAUTH_MIDDLEWARE,
    OIDC_CLIENT_ID,
    OIDC_CLIENT_SECRET,
    OIDC_ISSUER,
    OIDC_NAME,
    OIDC_SIGNUP,
    OIDC_SIGNUP_DOMAINS,
    PASSWORD_LOGIN,
    PASSWORD_REFUSALS,
    SOCIALACCOUNT_ADAPTER,
    SOCIALACCOUNT_PROVIDERS,
)

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var"))).resolve()

DEBUG = env.boolean("DEBUG", default=False)
SECRET_KEY = env.secret("SECRET_KEY", VAR_DIR / "secret_key")
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", "")
BEHIND_TLS = env.boolean("BEHIND_TLS", default=False)
# The path below which a proxy serves everything, "/cotrast" or "". The proxy may strip it from requests or not.
URL_PREFIX = env.url_prefix("SCRIPT_NAME")
FORCE_SCRIPT_NAME = URL_PREFIX or None

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "axes",
    "annotator.events",
    "annotator.accounts",
    "annotator.idempotency",
    "annotator.datasets",
    "annotator.runs",
    "annotator.studies",
    "annotator.exemplars",
    "annotator.routing",
    "annotator.releases",
    "annotator.webhooks",
    "annotator.operations",
    "annotator.web",
    "annotator.api",
    "annotator.mcp",
]

MIDDLEWARE = [
    "annotator.web.probes.answer_probes",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "annotator.web.caching.never_cached_by_default",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "annotator.urls"
WSGI_APPLICATION = "annotator.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- database -------------------------------------------------------------------------------------------------------
DATABASES = {
    "default": env.database(
        "DATABASE_URL",
        f"sqlite:///{quote(str(VAR_DIR / 'cotrast.sqlite3'))}",
        conn_max_age=600,
        conn_health_checks=True,
    )
}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # WAL lets readers continue beside the one writer. Immediate transactions take the write lock at the start: a claim
    # reads and writes under one lock, and no transaction fails half-way when it first writes.
    DATABASES["default"].setdefault("OPTIONS", {}).update(
        {
            "transaction_mode": "IMMEDIATE",
            "timeout": 30,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-65536;",
        }
    )
    # The threads of a test share one database, which cannot be in memory; the process number separates test runs.
    DATABASES["default"]["TEST"] = {"NAME": VAR_DIR / f"test-{os.getpid()}.sqlite3"}
else:
    # A server that is away is reported within five seconds, also where it goes away in the middle; one that falls
    # silent while an answer is awaited, as behind a cable that is cut, within ten.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 3,
        "tcp_user_timeout": 3_000,
        "keepalives_idle": 4,
        "keepalives_interval": 2,
        "keepalives_count": 3,
        **DATABASES["default"].get("OPTIONS", {}),
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- queue ----------------------------------------------------------------------------------------------------------
BROKER_URL = env.broker("BROKER_URL", f"redis+socket://{quote(str(broker_socket(VAR_DIR)))}")
GENERATION_LEASE_S = env.integer("GENERATION_LEASE_S", 120, minimum=5)
ASSIGNMENT_LEASE_S = env.integer("ASSIGNMENT_LEASE_S", 600, minimum=5)
GENERATION_ATTEMPTS = env.integer("GENERATION_ATTEMPTS", 3, minimum=1)
METRICS_TOKEN = env.text("METRICS_TOKEN", "")
WORKER_SILENT_AFTER_S = env.integer("WORKER_SILENT_AFTER_S", 8, minimum=2)
# Hosts and networks of private addresses that a worker may send requests to; see docs/backends.md.
PRIVATE_API_HOSTS = env.words("PRIVATE_API_HOSTS", "127.0.0.1,localhost,[::1]")
# The same for the addresses of webhooks, which leads of studies register; see docs/webhooks.md.
PRIVATE_WEBHOOK_HOSTS = env.words("PRIVATE_WEBHOOK_HOSTS", "")

# --- accounts -------------------------------------------------------------------------------------------------------
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
# django-axes counts wrong passwords in the database, for all web processes together. The rules are described in
# `accounts.login_throttling`.
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "annotator.accounts.login_throttling.AddressBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTHENTICATION_BACKENDS[:0] = PASSWORD_REFUSALS
INSTALLED_APPS += ALLAUTH_APPS
MIDDLEWARE += ALLAUTH_MIDDLEWARE
AXES_CLIENT_IP_CALLABLE = "annotator.accounts.addresses.client_address"
ADDRESS_LOGIN_FAILURES = env.integer("ADDRESS_LOGIN_FAILURES", 50, minimum=5)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # the time that the login page names stays right
AXES_DISABLE_ACCESS_LOG = True  # who signed in from where is nobody's business
AXES_VERBOSE = False
SILENCED_SYSTEM_CHECKS = [
    "axes.W002",  # its middleware: our login page and token route word the refusal themselves
    "security.W005",  # whether other names below this one speak TLS is for the owner of the domain to say
    "security.W021",  # and so is a promise for good, which browsers would ship
]
# Days after which accounts that were closed are forgotten, 0 for never; see docs/privacy.md.
FORGET_CLOSED_AFTER_DAYS = env.integer("FORGET_CLOSED_AFTER_DAYS", 0, minimum=0)
TOKEN_DAYS = env.integer("TOKEN_DAYS", 90, minimum=1)
KNOX_TOKEN_MODEL = "accounts.ApiToken"  # noqa: S105 - a model, not a secret
MIGRATION_MODULES = {"knox": None}  # they would create the table of its own token model, which nothing uses
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = LANGUAGE_COOKIE_PATH = f"{URL_PREFIX}/"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 14

# --- security headers -----------------------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = BEHIND_TLS
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 30 if BEHIND_TLS else 0
if BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
LANGUAGE_COOKIE_NAME = "language"
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = BEHIND_TLS
USE_TZ = True
TIME_ZONE = env.text("TIME_ZONE", "UTC")

STATIC_URL = f"{URL_PREFIX}/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "annotator.web.assets.vega_bundle.VegaBundleFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "annotator.web.assets.static_files.HashedStaticFiles"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# --- REST -----------------------------------------------------------------------------------------------------------
API_REQUESTS_PER_MINUTE = env.integer("API_REQUESTS_PER_MINUTE", 6_000, minimum=1)
API_ANONYMOUS_PER_MINUTE = env.integer("API_ANONYMOUS_PER_MINUTE", 1_200, minimum=1)
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
    # Its own, and large: what is cached beside it must push out no count.
    "rates": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "rates",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    },
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "annotator.api.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated", "annotator.api.scopes.TokenScope"],
    "DEFAULT_THROTTLE_CLASSES": ["annotator.api.throttling.RequestRate"],
    "EXCEPTION_HANDLER": "annotator.api.exceptions.refusal",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Cotrast",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "DESCRIPTION": "Labelled cases of chain-of-thought reasoning helping or hurting instruction following.",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "annotator.api.refusal_schema.add_refusals",
        "annotator.api.nullable_schema.plain_any",
    ],
    "SCHEMA_PATH_PREFIX": "/api/v1/",
    "ENUM_NAME_OVERRIDES": {
        "LabelEnum": "annotator.studies.models.Annotation.Label",
        "ScopeEnum": "annotator.runs.models.Verdict.Scope",
        "TokenScopeEnum": "annotator.accounts.models.ApiToken.Scope",
        "OutcomeEnum": "annotator.studies.models.Case.Outcome",
        "VerdictsShownEnum": "annotator.studies.models.Study.VerdictsShown",
        "RepairStatusEnum": "annotator.claims.Claimable.Status",
        "RoleEnum": "annotator.studies.models.Membership.Role",
        "AssignableRoleEnum": "annotator.studies.models.studies.ASSIGNABLE_ROLES",
        "StudyScopeEnum": "annotator.studies.models.studies.SCOPE_CHOICES",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "INFO")},
    "loggers": {
        "axes": {"level": "WARNING"},  # it logs every login
        "httpx2": {"level": "WARNING"},  # it logs every address, and that of a webhook may hold a key
        "waitress.queue": {"level": "ERROR"},  # it warns of every request that waits for a thread
    },
}
