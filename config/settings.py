"""Settings. Everything that differs between places comes from the environment; the README lists the variables."""

import json
import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _


def env_flag(name: str, *, default: bool = False) -> bool:
    """Read a yes/no variable: 1, true, yes and on mean yes."""
    return os.environ.get(name, str(default)).strip().lower() in {"1", "true", "yes", "on"}


def env_list(name: str, *, default: str = "") -> list[str]:
    """Read a comma-separated variable."""
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("DATA_DIR", BASE_DIR / "var"))

# DEBUG is the demonstration: mails can be read in the browser and its people are offered for sign-in.
DEBUG = env_flag("DEBUG")
SECRET_KEY = os.environ.get("SECRET_KEY", "")
if not SECRET_KEY:
    if not DEBUG:
        raise ImproperlyConfigured("SECRET_KEY is not set. Set it to a long random text, or DEBUG=1 to try things out.")
    # Kept beside the demonstration's data, so that web server, worker and the next start share it.
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    _key_file = DATA_DIR / "secret_key"
    if not _key_file.exists():
        _key_file.write_text(secrets.token_urlsafe(50))
    SECRET_KEY = _key_file.read_text().strip()

# The address people use. Links in mails, calendars and certificates start with it; UIDs end with its host.
SITE_URL = (os.environ.get("SITE_URL") or "http://127.0.0.1:8000").rstrip("/")
SITE_NAME = "Procure2Innovate calendar"
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", default="localhost,127.0.0.1,[::1]" if DEBUG else urlsplit(SITE_URL).hostname or "")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS", default=SITE_URL if "://" in SITE_URL else "")
CONTACT_EMAIL = os.environ.get("CONTACT_EMAIL", "secretariat@demo.example")

INSTALLED_APPS = [
    "config.apps.ConfigConfig",
    "events.apps.EventsConfig",
    "network.apps.NetworkConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "auditlog",
    "django_countries",
    "django_filters",
    "django_htmx",
    "django_tasks",
    "django_tasks_db",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "rest_framework",
    "rules",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "events.calendars.middleware.Feeds",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "network.middleware.ContentSecurityPolicy",
    "network.middleware.WholeCookies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "network.middleware.Language",
    "network.middleware.TimeZone",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "network.middleware.Unstorable",
    "network.middleware.Idempotency",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "network.templating.Templates",
        "NAME": "django",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "network.context.site",
            ],
        },
    },
]

# --- Database: SQLite in one file, or PostgreSQL by DATABASE_URL -------------------------------------------------

DATABASES = {"default": dj_database_url.parse(os.environ.get("DATABASE_URL") or f"sqlite:///{DATA_DIR / 'db.sqlite3'}")}
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    # IMMEDIATE takes the write lock when a transaction starts, so that two writers queue instead of failing half-way.
    _database["CONN_MAX_AGE"] = None  # opening the file anew costs 2 ms a request
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA mmap_size=134217728; "
        # Less often, because whoever commits then waits for it; a change of a large feed is a megabyte.
        "PRAGMA wal_autocheckpoint=4000;",
    }
else:
    _database["CONN_HEALTH_CHECKS"] = True  # the pool gives out no connection that broke when the database was restarted
    _database.setdefault("OPTIONS", {})["pool"] = {
        "min_size": 1,
        "max_size": int(os.environ.get("DATABASE_POOL_SIZE", "8")),
        "timeout": 10,
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache, files, background work ------------------------------------------------------------------------------

_cache_url = os.environ.get("CACHE_URL", "")
if _cache_url.startswith("redis"):
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": _cache_url}}
elif _cache_url == "database":
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_ROOT = DATA_DIR / "files"
STORAGES = {
    "default": {
        "BACKEND": os.environ.get("FILE_STORAGE", "django.core.files.storage.FileSystemStorage"),
        "OPTIONS": json.loads(os.environ.get("FILE_STORAGE_OPTIONS", "{}")),
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG

# Of a file that is larger nothing is stored, and the form says so; see network.uploads.
UPLOAD_MOST_BYTES = 10 * 2**20
UPLOAD_MOST_BYTES_TOGETHER = 25 * 2**20
FILE_UPLOAD_HANDLERS = ["network.uploads.Bounded"]

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["default"]}}

# --- People and sign-in ------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "network.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/my/"
LOGOUT_REDIRECT_URL = "/"

ACCOUNT_ADAPTER = "events.mail.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_REQUIRED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION = "none"  # the code proves the address; network.sign_in
ACCOUNT_RATE_LIMITS = {"login": "30/m/ip", "request_login_code": "20/m/ip,3/m/key,12/h/key"}
ACCOUNT_SESSION_REMEMBER = True

# How many proxies of ours add the visitor's address to X-Forwarded-For; limits go by that address.
TRUSTED_PROXIES = int(os.environ.get("TRUSTED_PROXIES", "0"))
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES

SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_SAMESITE = "Lax"

# --- Mail ----------------------------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = os.environ.get("MAIL_FROM", f"{SITE_NAME} <calendar@demo.example>")
EMAIL_BACKEND = (
    "django.core.mail.backends.smtp.EmailBackend"
    if os.environ.get("SMTP_HOST")
    else "django.core.mail.backends.dummy.EmailBackend"
)
EMAIL_HOST = os.environ.get("SMTP_HOST", "localhost")
EMAIL_PORT = int(os.environ.get("SMTP_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("SMTP_PASSWORD", "")
EMAIL_USE_TLS = env_flag("SMTP_TLS")
EMAIL_TIMEOUT = 20

# The domain of a mailbox that takes all mail to rsvp-…@it: what mail clients answer to invitations. Not set: nobody is asked.
REPLIES_DOMAIN = os.environ.get("REPLIES_DOMAIN", "demo.example" if DEBUG else "").strip()
# The mailbox that answers of mail clients come to, if there is one; see events/calendars/replies. Only over TLS.
REPLIES_IMAP_HOST = os.environ.get("REPLIES_IMAP_HOST", "")
REPLIES_IMAP_PORT = int(os.environ.get("REPLIES_IMAP_PORT", "993"))
REPLIES_IMAP_USER = os.environ.get("REPLIES_IMAP_USER", "")
REPLIES_IMAP_PASSWORD = os.environ.get("REPLIES_IMAP_PASSWORD", "")
REPLIES_IMAP_FOLDER = os.environ.get("REPLIES_IMAP_FOLDER", "INBOX")
REPLIES_IMAP_CA = os.environ.get("REPLIES_IMAP_CA", "")  # a file: the certificate authority of a server of one's own
# By which name our own mail server signs its Authentication-Results. Not set: each answer has to be confirmed by its person.
REPLIES_AUTHSERV_ID = os.environ.get("REPLIES_AUTHSERV_ID", "")

# Servers in the house's own network whose calendars may be read, though nothing private can be reached otherwise: address and
# port, such as "10.1.2.3:80". Only these may speak http without TLS.
CALENDAR_SOURCES_MAY_REACH = env_list("CALENDAR_SOURCES_MAY_REACH")

# --- Seals of certificates -------------------------------------------------------------------------------------------

# Where the private keys are, each readable by this process only.
KEYS_DIR = Path(os.environ.get("KEYS_DIR", DATA_DIR / "keys"))
# The private key (Ed25519, PEM) that signs credentials, where it is in no file there; see make_issuer_key.
ISSUER_KEY = os.environ.get("ISSUER_KEY", "")
# What opens a seal's key, whatever its kind needs: passphrase, PIN or token. SEAL_SECRET_AT_IOEB, SEAL_SECRET_NETWORK, …
SEAL_SECRETS = {name.removeprefix("SEAL_SECRET_"): os.environ[name] for name in os.environ if name.startswith("SEAL_SECRET_")}
# The library of the PKCS#11 device, such as /usr/lib/softhsm/libsofthsm2.so: the only one that is ever loaded.
SEAL_PKCS11_MODULE = os.environ.get("SEAL_PKCS11_MODULE", "")
# Signing services and time-stamping authorities in the house's own network: "10.1.2.3:8443". Only these may lack TLS, too.
SEAL_SERVICES_MAY_REACH = env_list("SEAL_SERVICES_MAY_REACH")
SEAL_SERVICES_CA = os.environ.get("SEAL_SERVICES_CA", "")  # a file: the certificate authority of servers of one's own
# A PEM file of the roots that make a seal trusted, when somebody checks a file. Not set: nothing is said about trust.
SEAL_TRUSTED_ROOTS = os.environ.get("SEAL_TRUSTED_ROOTS", "")

# --- Languages and time --------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- REST API ------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "network.api.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["network.api.permissions.TokenScope"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["network.api.parsing.JSON"],
    "DEFAULT_PAGINATION_CLASS": "network.api.pagination.Cursor",
    "PAGE_SIZE": 50,
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "network.api.schema.Schema",
    "DEFAULT_THROTTLE_CLASSES": ["network.api.throttling.Visitors", "network.api.throttling.People"],
    "DEFAULT_THROTTLE_RATES": {
        "visitors": "120/min",
        "people": "600/min",
        "verify": "30/min",
        "verify-name": "30/hour",  # names compared with that of one certificate
        "join": "10/hour",
        "self-service": "120/min",  # verbs on a registration's own page, and addresses that are none
        "check-in": "10/min",  # of one person, with the code on the screen
        "pass-on": "20/hour",  # each writes to an address that somebody typed
        "calendar-source": "20/hour",  # each has the worker ask another server, and read what it says
        "certificate-preview": "60/min",  # each sets a page, which takes a tenth of a second
        "selection": "30/hour",  # each can be a new row that anybody makes
    },
    "NUM_PROXIES": TRUSTED_PROXIES,
    "EXCEPTION_HANDLER": "network.api.problems.answer",
    "URL_FORMAT_OVERRIDE": None,  # ?format= is a filter of events: on site, online, hybrid
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Procure2Innovate calendar",
    "DESCRIPTION": "Training sessions, peer-exchange visits and award ceremonies of the European network of "
    "competence centres for innovation procurement.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "EventKind": "events.programme.models.Event.Kind",
        "EventState": "events.programme.models.Event.State",
        "RegistrationState": "events.registrations.models.Registration.State",
        "QuestionKind": "events.registrations.models.Question.Kind",
        "OrganisationKind": "network.models.Organisation.Kind",
        "RoleKind": "network.models.Role.Kind",
        "EvaluationQuestionKind": "events.attendance.models.EvaluationQuestion.Kind",
        "EvaluationStanding": "events.attendance.evaluation.api.STATES",
        "EvidenceKind": "events.attendance.models.EvidenceFile.Kind",
        "EvidenceUploadKind": "events.attendance.evidence.api.KINDS",
        "WebinarReportState": "events.attendance.models.ReportImport.State",
        "CertificateKind": "events.certificates.models.Certificate.Kind",
        "RecognitionKind": "events.certificates.models.Recognition.Kind",
        "Language": "network.vocabulary.LANGUAGES",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "validatorUrl": None},  # the validator would be another site
}

# --- Security ------------------------------------------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if not DEBUG:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = env_flag("HTTPS", default=True)
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT
    SECURE_HSTS_SECONDS = 31536000 if SECURE_SSL_REDIRECT else 0
    SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_SSL_REDIRECT
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]

AUDITLOG_DISABLE_REMOTE_ADDR = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "filters": {"secrets": {"()": "network.logs.WithoutSecrets"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["secrets"]}},
    # It warns with a page of traceback of every certificate that it was not told to trust.
    "loggers": {"pyhanko": {"level": "ERROR"}, "pyhanko_certvalidator": {"level": "ERROR"}},
    "root": {"handlers": ["console"], "level": os.environ.get("LOG_LEVEL", "WARNING")},
}
