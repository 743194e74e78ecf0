"""Settings, read from the environment; `.env` is read as well where there is one (development).

With DEBUG off, a missing secret or a bad value stops the process with a sentence that says which.
"""

import base64
import binascii
from datetime import timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

import environ
import pghistory
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from chitec import pool
from chitec.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")


def required(name: str) -> str:
    value = env.str(name, "")
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set. Without it the site does not start; docs/running.md says what it is."
        )
    return value


def key_of(name: str, value: str) -> bytes:
    try:
        key = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != 32:
        raise ImproperlyConfigured(f"{name} has to be 32 bytes in base64; `make key` draws one.")
    return key


DEBUG = env.bool("DEBUG", False)
SECRET_KEY = required("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
SITE_URL = required("SITE_URL").rstrip("/")
SITE_HOST = urlsplit(SITE_URL).hostname or ""
if urlsplit(SITE_URL).scheme not in {"http", "https"} or not SITE_HOST:
    raise ImproperlyConfigured("SITE_URL has to be an address such as https://www.example.org.")
HTTPS = SITE_URL.startswith("https:")
# Before the name of each cookie: browsers take one so named from this host alone, over https, for all paths.
_HOST = "__Host-" if HTTPS else ""
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[SITE_HOST, "localhost", "127.0.0.1"] if DEBUG else [SITE_HOST])
TRUSTED_PROXIES = frozenset(env.list("TRUSTED_PROXIES", default=[]))

# The key that signs badges; public keys of earlier ones stay readable while badges signed by them are about.
BADGE_KEY = key_of("BADGE_KEY", required("BADGE_KEY"))
BADGE_KEYS_OLD = [key_of("BADGE_KEYS_OLD", value) for value in env.list("BADGE_KEYS_OLD", default=[])]

# The key that ID numbers rest under; those of before open what they have sealed until it is sealed anew.
ID_KEY = key_of("ID_KEY", required("ID_KEY"))
ID_KEYS_OLD = [key_of("ID_KEYS_OLD", value) for value in env.list("ID_KEYS_OLD", default=[])]

FONT_CJK = env.str("FONT_CJK", "")

# Staff have to show a second factor before they reach the desk; only development may do without.
STAFF_SECOND_FACTOR = env.bool("STAFF_SECOND_FACTOR", not DEBUG)

ROOT_URLCONF = "chitec.urls"
WSGI_APPLICATION = "chitec.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"

INSTALLED_APPS = [
    "chitec.apps.ChitecConfig",
    "reports",
    "onsite",
    "programme",
    "exhibitors",
    "visitors",
    "expo",
    "accounts",
    "accounts.apps.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "chitec.apps.ServedFilesConfig",
    "django.contrib.postgres",
    # allauth's list of passkeys loads its tags without asking for the app.
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_countries",
    "pgtrigger",
    "pghistory",
    "phonenumber_field",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "chitec.middleware.RequestLogMiddleware",
    "chitec.middleware.ForwardedMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "chitec.middleware.HeadersMiddleware",
    "chitec.languages.LanguageMiddleware",
    "chitec.middleware.DatabaseAwayMiddleware",
    "chitec.middleware.DeskPlansMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "chitec.middleware.MethodsMiddleware",
    "chitec.middleware.CleanInputMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "expo.showing.ShowMiddleware",
    "chitec.middleware.DeskClockMiddleware",
    "chitec.middleware.AnswersMiddleware",
]

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
            ],
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "expo.templatetags.signs",
                "chitec.templatetags.house",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

_database = env.db_url_config(required("DATABASE_URL"))
DATABASES = {
    "default": {
        **_database,
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            **_database.get("OPTIONS", {}),
            # One for each of the web server's threads: threads that wait for each other's cost more than connections.
            "pool": {"min_size": 1, "max_size": env.int("DATABASE_POOL", 8), "timeout": 5, "check": pool.check},
            "options": "-c statement_timeout=15s -c lock_timeout=5s -c idle_in_transaction_session_timeout=30s",
            "connect_timeout": 5,
            # A statement that comes back is parsed once a connection, and planned once where its values do not matter:
            # a registration took 2.2 ms of the database's processor time without and 1.4 with, a scan 1.2 and 0.4.
            "server_side_binding": True,
            "prepare_threshold": 5,
        },
    }
}

CACHES = {
    # The login's limits count here. Past its size this cache throws out live rows, whoever they stop; `accounts.forget`
    # takes those that have ended.
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_cache",
        "OPTIONS": {"MAX_ENTRIES": 1_000_000},
    },
    "process": {
        "BACKEND": "chitec.process_cache.ProcessCache",
        "LOCATION": "process",
        "TIMEOUT": 5,
        "OPTIONS": {"MAX_ENTRIES": 500},
    },
}

# Languages: Simplified Chinese at /zh/, English at /en/; see chitec/languages.py.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文")]
# Our own texts, and our own words for those of the login package.
LOCALE_PATHS = [BASE_DIR / "locale", BASE_DIR / "accounts" / "wording"]
LANGUAGE_COOKIE_NAME = f"{_HOST}language"
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
USE_I18N = True
FORMAT_MODULE_PATH = "chitec.formats"
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
COUNTRIES_FIRST = ["CN", "HK", "MO", "TW"]
COUNTRIES_FIRST_REPEAT = False
COUNTRIES_OVERRIDE = {
    "CN": _("China (mainland)"),
    "HK": _("Hong Kong, China"),
    "MO": _("Macao, China"),
    "TW": _("Taiwan, China"),
}
PHONENUMBER_DEFAULT_REGION = "CN"
PHONENUMBER_DB_FORMAT = "E164"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("bootstrap", BASE_DIR / "node_modules" / "bootstrap" / "dist" / "css"),
    ("zxing", BASE_DIR / "node_modules" / "zxing-wasm" / "dist"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", str(BASE_DIR / "var" / "media")))

# Mail: MAIL_URL is smtp://user:password@host:port (smtps:, or smtp+tls: for STARTTLS), or
# file:/a/folder; in development mails are files in var/mail/.
MAIL_URL = urlsplit(env.str("MAIL_URL", "file:" if DEBUG else "") or required("MAIL_URL"))
MAIL_DIR = Path(MAIL_URL.path) if MAIL_URL.scheme == "file" and MAIL_URL.path else BASE_DIR / "var" / "mail"
match MAIL_URL.scheme:
    case "file":
        _mailer = {"BACKEND": "django.core.mail.backends.filebased.EmailBackend", "OPTIONS": {"file_path": MAIL_DIR}}
    case "null":
        _mailer = {"BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    case "memory":
        _mailer = {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}
    case "smtp" | "smtps" | "smtp+tls":
        _mailer = {
            "BACKEND": "accounts.smtp.EmailBackend",
            "OPTIONS": {
                "host": MAIL_URL.hostname,
                "port": MAIL_URL.port or {"smtp": 25, "smtps": 465, "smtp+tls": 587}[MAIL_URL.scheme],
                "username": unquote(MAIL_URL.username or ""),
                "password": unquote(MAIL_URL.password or ""),
                "use_ssl": MAIL_URL.scheme == "smtps",
                "use_tls": MAIL_URL.scheme == "smtp+tls",
                "timeout": 20,
            },
        }
    case _:
        raise ImproperlyConfigured("MAIL_URL has to begin with smtp:, smtps:, smtp+tls:, file:, memory: or null:.")
MAILERS = {"default": _mailer}
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", f"CHITEC <no-reply@{SITE_HOST}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {"user_attributes": ("email", "name")}),
        ("MinimumLengthValidator", {"min_length": 10}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
PASSWORD_RESET_TIMEOUT = int(timedelta(days=1).total_seconds())
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account-home"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
# Each of these acts sends mail to whatever address is typed: beside the login's own bounds there is one by the day.
ACCOUNT_RATE_LIMITS = {
    "signup": "20/m/ip,200/d/ip",
    "reset_password": "20/m/ip,200/d/ip,5/m/key",
    "manage_email": "10/m/user,20/d/user",
    "confirm_email": "1/10s/key,20/d/key",
}
ACCOUNT_SESSION_REMEMBER = False
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = "CHITEC"
MFA_TOTP_TOLERANCE = 1
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not HTTPS

# Closed to strangers.
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_NAME = f"{_HOST}session"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = int(timedelta(hours=12).total_seconds())
CSRF_COOKIE_NAME = f"{_HOST}csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "chitec.answers.stale_form"
CSRF_TRUSTED_ORIGINS = [SITE_URL]
DEVICE_COOKIE_NAME = f"{_HOST}device"
VISIT_COOKIE_NAME = f"{_HOST}visit"
VISIT_CODE_COOKIE_NAME = f"{_HOST}visit-code"
MESSAGES_COOKIE_NAME = f"{_HOST}messages"
MESSAGE_STORAGE = "chitec.notices.Notices"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
FILE_UPLOAD_PERMISSIONS = 0o640

PGHISTORY_DEFAULT_TRACKERS = (pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "tasks"
PROCRASTINATE_WORKER_DEFAULTS = {"concurrency": 2, "delete_jobs": "successful", "install_signal_handlers": True}

LOGGING_CONFIG = None
logging_config(debug=DEBUG)
