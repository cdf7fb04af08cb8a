"""Django settings. Every DOORSTEP_* variable that is read stands in the README's table."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from doorstep.base import extent
from doorstep.config.database import database_from_url

ROOT = Path(__file__).resolve().parent.parent.parent
HOME = Path(os.environ.get("DOORSTEP_HOME", ROOT / ".doorstep")).resolve()
ASSETS = Path(os.environ.get("DOORSTEP_ASSETS", ROOT / ".assets"))
PRODUCTION = os.environ.get("DOORSTEP_ENV") == "production"


def _secret_key() -> str:
    """The key from the environment, or one kept in the data folder (trial) so that sessions survive a restart."""
    given = os.environ.get("DOORSTEP_SECRET_KEY")
    if given:
        return given
    if PRODUCTION:
        raise SystemExit("DOORSTEP_SECRET_KEY must be set in production.")
    path = HOME / "secret-key"
    if not path.exists():
        HOME.mkdir(parents=True, exist_ok=True)
        draft = HOME / f"secret-key.{os.getpid()}"
        draft.write_text(secrets.token_urlsafe(48))
        draft.chmod(0o600)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()


SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = os.environ.get("DOORSTEP_OLD_SECRET_KEYS", "").split()
DEBUG = False
PUBLIC_URL = os.environ.get("DOORSTEP_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = os.environ.get("DOORSTEP_ALLOWED_HOSTS", "127.0.0.1 localhost [::1] testserver").split()
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SANDBOX_SHOP_URL = os.environ.get("DOORSTEP_SANDBOX_SHOP_URL", "")
SANDBOX_CARRIER_URL = os.environ.get("DOORSTEP_SANDBOX_CARRIER_URL", "")
SANDBOX_PAYMENT_URL = os.environ.get("DOORSTEP_SANDBOX_PAYMENT_URL", "")
SANDBOX_WAREHOUSE_URL = os.environ.get("DOORSTEP_SANDBOX_WAREHOUSE_URL", "")
SANDBOX_MAILBOX_URL = os.environ.get("DOORSTEP_SANDBOX_MAILBOX_URL", "")
# Such as "shopify=http://127.0.0.1:40001 amazon=http://127.0.0.1:40002"
SANDBOX_VENDORS = dict(one.split("=", 1) for one in os.environ.get("DOORSTEP_SANDBOX_VENDORS", "").split())

SANDBOXES = [
    url for url in (
        SANDBOX_SHOP_URL, SANDBOX_CARRIER_URL, SANDBOX_PAYMENT_URL, SANDBOX_WAREHOUSE_URL, SANDBOX_MAILBOX_URL,
        *SANDBOX_VENDORS.values(),
    ) if url
]  # fmt: skip

DATABASES = {"default": database_from_url(os.environ.get("DOORSTEP_DATABASE_URL", ""))}
DIRECT_DATABASE_URL = os.environ.get("DOORSTEP_DIRECT_DATABASE_URL", "") or os.environ.get("DOORSTEP_DATABASE_URL", "")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

ROOMS = [
    "doorstep.base", "doorstep.accounts",
    "doorstep.locations", "doorstep.customers", "doorstep.catalog",
    "doorstep.messaging", "doorstep.stock", "doorstep.tasks", "doorstep.orders",
    "doorstep.shipping", "doorstep.payments", "doorstep.routing",
    "doorstep.fulfilment", "doorstep.returns", "doorstep.inbox", "doorstep.channels", "doorstep.analytics",
    "doorstep.web", "doorstep.cli", "doorstep.worker", "doorstep.config",
]  # fmt: skip
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "procrastinate.contrib.django",
    *ROOMS,
]
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "" if extent.tables_alone else "tasks"  # jobs bring all flows along
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "doorstep.web.parts.health.measured",
    "doorstep.web.parts.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "doorstep.web.parts.middleware.staff_context",
]
ROOT_URLCONF = "doorstep.config.urls"
ASGI_APPLICATION = "doorstep.config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "doorstep.web.parts.templatetags.parts",
                "doorstep.web.parts.templatetags.blocks",
                "doorstep.web.parts.templatetags.coming",
                "doorstep.web.parts.templatetags.addresses",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.messages.context_processors.messages",
                "doorstep.web.parts.context.frame",
            ],
        },
    }
]

# People sign in with their e-mail; the first owner is made by `bin/up`, the others by invitation.
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "doorstep.web.parts.sign_in.NoSignUp"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key,30/5m/ip"}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
CSRF_COOKIE_HTTPONLY = False
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
SESSION_ENGINE = "django.contrib.sessions.backends.db"
# Lockout counters must be one truth for all processes, so the cache is a table.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "django_cache",
        "OPTIONS": {"MAX_ENTRIES": 200_000},
    }
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ko", "한국어")]
LOCALE_PATHS = [ROOT / "doorstep" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATICFILES_DIRS = [ASSETS / "static"] if (ASSETS / "static").exists() else []
STATIC_ROOT = ROOT / "staticfiles"
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 3600
MEDIA_ROOT = HOME / "media"
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
# Days after which what is old is forgotten (docs/adr/0028).
KEEP_STEPS_DAYS = int(os.environ.get("DOORSTEP_KEEP_STEPS_DAYS", "90"))
KEEP_PAYLOADS_DAYS = int(os.environ.get("DOORSTEP_KEEP_PAYLOADS_DAYS", "90"))
KEEP_REFUSED_DAYS = int(os.environ.get("DOORSTEP_KEEP_REFUSED_DAYS", "365"))
KEEP_SENDERS_IDS_DAYS = int(os.environ.get("DOORSTEP_KEEP_SENDERS_IDS_DAYS", "730"))
KEEP_MAILS_DAYS = int(os.environ.get("DOORSTEP_KEEP_MAILS_DAYS", "180"))
# Per API key and web process.
API_REQUESTS_PER_MINUTE = int(os.environ.get("DOORSTEP_API_REQUESTS_PER_MINUTE", "120000"))

# Mail goes through this SMTP server, or into a folder of .eml files where none is set.
SMTP_URL = os.environ.get("DOORSTEP_SMTP_URL", "")
MAIL_FOLDER = HOME / "outbox"
MAIL_FROM = os.environ.get("DOORSTEP_MAIL_FROM", "orders@doorstep.example")

# Webhooks and calls to vendors go to public addresses; a trial also reaches programs on its own machine.  The sandboxes named above
# are reached in any case.
_at_home = "public" if PRODUCTION else "loopback"
WEBHOOK_REACH = "private" if os.environ.get("DOORSTEP_WEBHOOKS_TO_PRIVATE") == "1" else _at_home
VENDOR_REACH = "private" if os.environ.get("DOORSTEP_VENDORS_AT_PRIVATE") == "1" else _at_home

# How long a parcel may go without a scan before a person looks after it. Weekends do not count: most hubs rest. Within a country
# parcels change hands daily, so two days of silence mean a lost or a stuck one; across a border, customs and a flight may take
# four, and asking before that is answered with "wait".
STALLED_AFTER_DOMESTIC_H = 48
STALLED_AFTER_INTERNATIONAL_H = 96

X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True

# Who may read /metrics; without a token only the machine itself.
METRICS_TOKEN = os.environ.get("DOORSTEP_METRICS_TOKEN", "")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("DOORSTEP_LOG_LEVEL", "WARNING")},
}
SILENCED_SYSTEM_CHECKS = ["models.W042"]
