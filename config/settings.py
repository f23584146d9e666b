"""Settings, all from the environment.

Without ``DATABASE_URL`` this is a trial: SQLite and a file-system broker under ``DATA_DIR``, a
secret made on first start. With it this is production, where a missing secret stops the start.
"""

from datetime import timedelta
from pathlib import Path

import environ
import structlog
from celery.schedules import crontab
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var")))
DATA_DIR.mkdir(parents=True, exist_ok=True)

IS_TRIAL = not env.str("DATABASE_URL", default="")
DEBUG = env.bool("DEBUG", default=False)


def _trial_secret() -> str:
    """Made once per data directory, so that sessions outlive a restart."""
    path = DATA_DIR / "secret_key"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(get_random_secret_key())
    return path.read_text().strip()


SECRET_KEY = env.str("SECRET_KEY", default="")
if not SECRET_KEY and IS_TRIAL:
    SECRET_KEY = _trial_secret()
if not SECRET_KEY:
    raise ImproperlyConfigured(
        "SECRET_KEY is not set. Set the environment variable SECRET_KEY to a long random string "
        "(for example the output of: python -c 'import secrets; print(secrets.token_urlsafe(50))')."
    )

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
PORT = env.int("PORT", default=8000)

# The company

COMPANY_TIME_ZONE = env.str("COMPANY_TIME_ZONE", default="Asia/Shanghai")
COMPANY_CURRENCY = env.str("COMPANY_CURRENCY", default="CNY")
FISCAL_YEAR_START = env.int("FISCAL_YEAR_START", default=1)
if not 1 <= FISCAL_YEAR_START <= 12:
    raise ImproperlyConfigured("FISCAL_YEAR_START is the number of a month, 1 to 12.")

# Applications

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
    "django_filters",
    "django_htmx",
    "health_check",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "tree_queries",
    "core",
    "accounts",
    "crm",
    "pipeline",
    "planning",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "core.middleware.ClockMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.PreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.SignInRequiredMiddleware",
    "core.middleware.PageExchangeMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

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
                "core.context_processors.frame",
            ],
        },
    },
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates" / "jinja2"],
        "OPTIONS": {"environment": "core.jinja.environment"},
    },
]

# Databases and caches

DATABASES = {
    "default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'stepwise.sqlite3'}")
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

if "sqlite" in DATABASES["default"]["ENGINE"]:
    # Writers queue for the lock instead of failing half-way: see docs/decisions/0002.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

REDIS_URL = env.str("REDIS_URL", default="")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        # Installations that share a Redis share no counts of failed sign-ins either.
        "KEY_PREFIX": env.str("CELERY_QUEUE", default="stepwise"),
    }
    if REDIS_URL
    else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
}

if REDIS_URL:
    # All processes share this cache; what one of them signs out is signed out in all.
    SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"

# Celery: a message only wakes the worker, the truth is a row (docs/decisions/0003).

if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
else:
    _broker = DATA_DIR / "broker"
    for _folder in ("queue", "control"):
        (_broker / _folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT = "core.broker:Transport"
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_broker / "queue"),
        "data_folder_out": str(_broker / "queue"),
        "control_folder": str(_broker / "control"),
        "polling_interval": 0.2,
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_DEFAULT_QUEUE = env.str("CELERY_QUEUE", default="stepwise")
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_ENABLE_REMOTE_CONTROL = bool(REDIS_URL)
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = COMPANY_TIME_ZONE
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "core.tasks.sweep", "schedule": timedelta(seconds=3)},
    "tidy": {"task": "core.tasks.tidy", "schedule": timedelta(hours=1)},
    "reminders": {"task": "crm.tasks.fire_reminders", "schedule": timedelta(minutes=1)},
    "missing-reminders": {"task": "crm.tasks.plan_reminders", "schedule": timedelta(hours=1)},
    "mails": {"task": "core.tasks.send_mails", "schedule": timedelta(minutes=1)},
    "nightly-files": {"task": "crm.tasks.sweep_files", "schedule": crontab(hour=3, minute=10)},
    "nightly-estimates": {
        "task": "pipeline.tasks.request_all_estimates",
        "schedule": crontab(hour=2, minute=30),
    },
}
# A dirty flag is named "<kind>:<id>"; the kind says which task is woken to clear it.
DIRTY_TASKS = {
    "leads": "crm.tasks.import_leads",
    "estimates": "pipeline.tasks.refresh_estimates",
    "segments": "pipeline.tasks.refresh_segment",
    "backtests": "pipeline.tasks.run_backtests",
    "hours": "planning.tasks.measure_hours",
}
# Changes within this time cause one recompute, not one each.
ESTIMATE_QUIET_SECONDS = env.float("ESTIMATE_QUIET_SECONDS", default=4.0)

# People

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
INVITATION_DAYS = 14

# Where people reach the product, for links in letters and calendars.
SITE_URL = env.str("SITE_URL", default=f"http://localhost:{PORT}").rstrip("/")
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="stepwise@localhost")
if env.str("EMAIL_URL", default=""):
    vars().update(env.email("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = str(DATA_DIR / "mail")

# Uniqueness is on the lower-cased email, by a constraint the check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]

# Languages and time

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = COMPANY_TIME_ZONE

# Pages and assets

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
_modules = BASE_DIR / "node_modules"
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("tabler", _modules / "@tabler/core/dist"),
    ("icons", _modules / "@tabler/icons-webfont/dist"),
    ("echarts", _modules / "echarts/dist"),
    ("sortable", _modules / "sortablejs"),
]
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = DATA_DIR / "files"
# Files on customers and deals: outside of the web root, served by a view alone.
MAX_FILE_BYTES = env.int("MAX_FILE_MB", default=20) * 2**20
ALLOWED_FILES = env.list(
    "ALLOWED_FILES",
    default=[
        *("pdf", "png", "jpg", "jpeg", "gif", "webp", "txt", "csv", "eml", "msg", "zip"),
        *("doc", "xls", "ppt", "docx", "xlsx", "pptx", "odt", "ods", "odp", "rtf"),
    ],
)
FILE_UPLOAD_PERMISSIONS = 0o640

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
# Behind the reverse proxy of docker-compose.yml; a trial is plain http on localhost.
USE_HTTPS = env.bool("USE_HTTPS", default=False)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = USE_HTTPS
if USE_HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=3600)
# Whose attempts to sign in are counted together: a proxy's address would be everybody's.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXIES", default=int(USE_HTTPS))
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

# API

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.api.authentication.ApiKeyAuthentication",
        "accounts.api.authentication.PageSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.api.permissions.HasScope"],
    "DEFAULT_PAGINATION_CLASS": "core.api.pagination.OpaqueCursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.api.parsers.TextParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["accounts.api.throttling.ApiKeyRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"api_key": env.str("API_RATE", default="1200/min")},
    "EXCEPTION_HANDLER": "core.api.problems.problem_response",
    "COERCE_DECIMAL_TO_STRING": True,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Stepwise API",
    "DESCRIPTION": "Everything a page shows, an integrator can fetch.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "ActivityKind": "crm.models.Activity.Kind",
        "AssumptionKind": "planning.models.Assumption.Kind",
        "CampaignStatus": "crm.models.Campaign.Status",
        "CampaignAnswer": "crm.models.CampaignMember.Status",
        "CustomerField": "crm.known_fields.CUSTOMER_KNOWLEDGE",
        "DealField": "pipeline.plays.DEAL_KNOWLEDGE",
        "DealStatus": ["open", "won", "lost"],
        "RemindBefore": "accounts.models.RemindBefore",
        "PlanStatus": "planning.models.Plan.Status",
        "SubjectKind": ["customer", "opportunity"],
        "WhoseNote": ["this", "other", "both"],
        "WhoseValue": ["this", "other"],
    },
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums"],
}

# Logging

structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.dev.ConsoleRenderer(colors=False)
            if IS_TRIAL
            else structlog.processors.JSONRenderer(),
        },
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"numexpr": {"level": "WARNING"}},
}
