"""One settings file: what differs between places comes from the environment (12-factor); conf has the rest.

`.env.example` lists every variable. Without any, the embedded default runs: SQLite, a broker that
needs no server, mail written to files, evidence in a local folder.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

from nudm.conf import walls
from nudm.conf.api import *
from nudm.conf.environment import address, kept, reachable, secret
from nudm.conf.walls import *

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
if (BASE_DIR / ".env").exists():
    env.read_env(BASE_DIR / ".env")
# A variable that is there and empty is one that is not set: so a compose file may name them all.
env.ENVIRON = {name: text for name, text in os.environ.items() if text.strip()}

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
ALLOW_SQLITE = env.bool("ALLOW_SQLITE", default=False)
DEMO_PASSWORD = env("DEMO_PASSWORD", default="nudm-demo-2026")
VAR_DIR = Path(env("VAR_DIR", default=str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
SITE_URL = env("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
# Only these may say whom a request comes from; "none" where nothing stands in front.
TRUSTED_PROXIES = [net for net in env.list("TRUSTED_PROXIES", default=[]) if net != "none"]
PROXIES_NAMED = bool(env.list("TRUSTED_PROXIES", default=[]))

_database = address("DATABASE_URL", secret("DATABASE_PASSWORD"))
_storage = urlsplit(address("STORAGE_URL", secret("STORAGE_PASSWORD")))
CELERY_BROKER_URL = address("CELERY_BROKER_URL", secret("CELERY_BROKER_PASSWORD")) or "filesystem://localhost"

SECRET_KEY = secret("SECRET_KEY")
SECRET_KEY_FALLBACKS = [key for key in secret("SECRET_KEY_FALLBACKS").split(",") if key]
if not SECRET_KEY:
    # A key that is made anew wherever a process starts signs everybody out, and one in an image is no secret.
    if (
        (_database and not _database.startswith("sqlite"))
        or _storage.scheme
        or not CELERY_BROKER_URL.startswith("filesystem")
        or reachable(SITE_URL, ALLOWED_HOSTS, TRUSTED_PROXIES)
    ):
        raise ImproperlyConfigured(
            "SECRET_KEY is not set. Only the embedded default, on one machine for itself, makes its own. "
            "Set it to a long random text, the same for web, worker and beat: openssl rand -base64 48"
        )
    SECRET_KEY = kept(VAR_DIR / "secret_key", get_random_secret_key)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "guardian",
    "csp",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "nudm.core",
    "nudm.accounts",
    "states",
    "ulbs",
    "phases",
    "reports",
]

MIDDLEWARE = [
    "nudm.core.fence.ProxyMiddleware",
    "nudm.core.fence.HeadersMiddleware",
    "nudm.core.problems.ProblemsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "nudm.core.fence.AddressLimit",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "nudm.core.doors.CleanRequest",
    "nudm.accounts.middleware.PersonMiddleware",
    "nudm.accounts.middleware.SignInFirstMiddleware",
    "states.middleware.ActingPostMiddleware",
    "states.middleware.ScopeMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "states.middleware.SessionRulesMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "nudm.core.http.ErrorsMiddleware",
    "nudm.core.doors.Acknowledge",
]

ROOT_URLCONF = "nudm.urls"
WSGI_APPLICATION = "nudm.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "nudm.core.templatetags.ui",
                "django.templatetags.i18n",
                "django.templatetags.static",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "nudm.core.context.site",
                "states.context.standing",
                "phases.context.review",
            ],
        },
    }
]

DATABASES = {"default": env.db_url_config(_database or f"sqlite:///{VAR_DIR / 'nudm.sqlite3'}")}
# For `manage.py make_database` and `grant_database`: whom they make.
WEB_DATABASE_URL = address("WEB_DATABASE_URL", secret("WEB_DATABASE_PASSWORD"))
OWNER_DATABASE_URL = address("OWNER_DATABASE_URL", secret("OWNER_DATABASE_PASSWORD"))
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # WAL lets readers go on while one writes; IMMEDIATE takes the write lock at BEGIN, so that two
    # writers queue instead of one failing half-way.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    # A connection per request costs five to six times as much as keeping one.
    DATABASES["default"].setdefault("CONN_MAX_AGE", 600)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    # A server that takes a line and says nothing is not waited for.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 3)
    # A line on which nothing comes any more, because the machine at its end is gone, is given up.
    DATABASES["default"]["OPTIONS"] |= {
        "keepalives_idle": 10,
        "keepalives_interval": 3,
        "keepalives_count": 3,
        "tcp_user_timeout": 10_000,
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# What is remembered is kept by each process under the version of its facts; what is counted, by all together.
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "nudm",
        "OPTIONS": {"MAX_ENTRIES": 1000},
    },
    "counts": {
        "BACKEND": "nudm.core.limits.CountsInFiles",
        "LOCATION": str(VAR_DIR / "counts"),
        "TIMEOUT": 2 * 86_400,
        "OPTIONS": {"MAX_ENTRIES": 10_000},
    },
}
if CELERY_BROKER_URL.startswith("redis"):
    CACHES["counts"] = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CELERY_BROKER_URL,
        "KEY_PREFIX": "counts",
        # Counts are worth less than a person's time.
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1, "retry_on_timeout": False},
    }
RATE_LIMITS = walls.RATE_LIMITS | env.json("RATE_LIMITS", default={})

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["nudm.accounts.backends.EmailBackend"]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "accounts:login"
PASSWORD_HASHERS = [
    "nudm.accounts.hashers.Argon2idHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
ARGON2 = walls.ARGON2 | env.json("ARGON2", default={})
PASSWORD_RESET_TIMEOUT = 60 * 60 * 2
# Days after which a token for programs ends at the latest.
TOKEN_DAYS = env.int("TOKEN_DAYS", default=90)

# guardian's rows are in tables of our own (see states/models.py).
GUARDIAN_MONKEY_PATCH_USER = False
ANONYMOUS_USER_NAME = None
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("hi", _("Hindi"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Kolkata"
FORMAT_MODULE_PATH = ["nudm.core.formats"]

STATIC_URL = "/static/"
STATIC_ROOT = Path(env("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "nudm.core.store.WholeFiles",
        "OPTIONS": {"location": str(VAR_DIR / "files"), "base_url": None},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if _storage.scheme:
    _scheme = env("STORAGE_SCHEME", default="https")
    _port = _storage.port or (443 if _scheme == "https" else 80)
    # s3://KEY@host:port/bucket, with the secret in STORAGE_PASSWORD: any S3-compatible store.
    STORAGES["default"] = {
        "BACKEND": "nudm.core.object_store.ObjectStore",
        "OPTIONS": {
            "access_key": unquote(_storage.username or ""),
            "secret_key": unquote(_storage.password or ""),
            "endpoint_url": f"{_scheme}://{_storage.hostname}:{_port}",
            "bucket_name": _storage.path.strip("/"),
            "querystring_auth": True,
            "default_acl": None,
            "file_overwrite": False,
        },
    }
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
EVIDENCE_MAX_BYTES = 25 * 1024 * 1024
# Thresholds that the deck does not give; ulbs/rules/counting.py has their names and defaults.
LIMITS = env.json("LIMITS", default={})
# The day of the month, in IST, at whose end the month before is closed for reports.
CLOSING_DAY = env.int("CLOSING_DAY", default=5)
# The Ed25519 key that reports are signed with, as `manage.py report_key new` prints it. Empty: in VAR_DIR.
REPORT_KEY = secret("REPORT_KEY")
BACKUP_HOURS = env.int("BACKUP_HOURS", default=24)
METRICS_TOKEN = secret("METRICS_TOKEN")
EVIDENCE_LIMITS = env.json("EVIDENCE_LIMITS", default={})
CLAMAV_URL = env("CLAMAV_URL", default="")

_email_url = address("EMAIL_URL", secret("EMAIL_PASSWORD"))
_email = env.email_url_config(_email_url) if _email_url else {}
EMAIL_BACKEND = _email.get("EMAIL_BACKEND", "nudm.core.mail.FileBackend")
EMAIL_HOST = _email.get("EMAIL_HOST", "")
EMAIL_PORT = _email.get("EMAIL_PORT", 25)
EMAIL_HOST_USER = _email.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _email.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = _email.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _email.get("EMAIL_USE_SSL", False)
# Seconds, for what Django itself sends; nudm/core/mail.py has its own.
EMAIL_TIMEOUT = 5
# Who is told by mail when promised work is given up.
OPERATORS = env.list("OPERATORS", default=[])
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="NUDM Tracker <no-reply@nudm-tracker.invalid>")

if CELERY_BROKER_URL.startswith("filesystem"):
    for _folder in ("broker/queue", "broker/control"):
        (VAR_DIR / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(VAR_DIR / "broker/queue"),
        "data_folder_out": str(VAR_DIR / "broker/queue"),
        "control_folder": str(VAR_DIR / "broker/control"),
    }
else:
    # A broker that takes a line and says nothing: the bell is left out, and the sweeper finds the row.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_connect_timeout": 2, "socket_timeout": 5, "max_retries": 1}
CELERY_TASK_PUBLISH_RETRY = False
LEASE_SECONDS = env.int("LEASE_SECONDS", default=100)
CELERY_TIMEZONE = "Asia/Kolkata"
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SOFT_TIME_LIMIT = 110
CELERY_TASK_TIME_LIMIT = 120
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULER = "nudm.core.beat:Scheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat")
# A bell older than its period is of no use: the next one rings for all that waits.
CELERY_BEAT_SCHEDULE = {
    name: {"task": task, "schedule": seconds, "options": {"expires": seconds}}
    for name, task, seconds in (
        ("sweep", "nudm.core.tasks.sweep", 5),
        ("send-due", "reports.tasks.send_due", 300),
        ("remind", "reports.tasks.remind", 3600),
        ("forget-pieces", "nudm.core.tasks.forget_pieces", 3600),
        ("forget-previews", "ulbs.tasks.forget_previews", 3600),
        ("anchor-heads", "states.tasks.anchor_heads", 3600),
        ("warn-operators", "nudm.core.tasks.warn_operators", 3600),
        ("anchor-heads", "states.tasks.anchor_heads", 3600),
        ("clear-sessions", "nudm.accounts.tasks.clear_sessions", 3600),
    )
}

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
# A sign-in provider (OpenID Connect) beside the password; see docs/operations.md.
OIDC_ISSUER = env("OIDC_ISSUER", default="").rstrip("/")
OIDC_CLIENT_ID = env("OIDC_CLIENT_ID", default="")
OIDC_CLIENT_SECRET = secret("OIDC_CLIENT_SECRET")
OIDC_NAME = env("OIDC_NAME", default="OpenID Connect")
OIDC_ASKS_CODE = env.bool("OIDC_ASKS_CODE", default=False)
SESSION_ENGINE = "nudm.accounts.models.sessions"
# Twice the longest session (conf/walls.py, SESSION_LIMITS, which end it): whoever comes back is told why.
SESSION_COOKIE_AGE = 24 * 60 * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "nudm.core.views.not_taken"
if SITE_URL.startswith("https://"):
    SECURE_SSL_REDIRECT = True
    # Asked within the container or by a monitor, past the proxy that ends TLS; they tell nothing.
    # A program that speaks plainly is refused, not led on: its token was on the line (nudm/core/fence.py).
    SECURE_REDIRECT_EXEMPT = ["^healthz$", "^readyz$", "^metrics$", "^api/"]
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    LANGUAGE_COOKIE_NAME = "__Host-language"
    LANGUAGE_COOKIE_SECURE = LANGUAGE_COOKIE_HTTPONLY = True
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env("LOG_LEVEL", default="INFO")},
    "loggers": {name: {"level": "WARNING"} for name in ("celery", "fontTools")},
}
