"""Settings that every way of running Vitrine shares. Values come from the environment."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from config import ROOT
from core.logging import logging_config

env = environ.Env()
if (ROOT / ".env").is_file():
    env.read_env(str(ROOT / ".env"))

VAR = Path(env.str("VAR_ROOT", default=str(ROOT / "var")))

# ── The shop ────────────────────────────────────────────────────────────────────────────
SHOP_NAME = env.str("SHOP_NAME", default="Vitrine")
BASE_URL = env.str("BASE_URL", default="http://127.0.0.1:8000").rstrip("/")
STOREFRONT_URL = env.str("STOREFRONT_URL", default=BASE_URL).rstrip("/")
CURRENCIES = env.list("CURRENCIES", default=["USD", "EUR"])
DEFAULT_CURRENCY = CURRENCIES[0]
PRICES_INCLUDE_TAX = env.bool("PRICES_INCLUDE_TAX", default=False)
DEFAULT_COUNTRY = env.str("DEFAULT_COUNTRY", default="US")
RESERVATION_MINUTES = env.int("RESERVATION_MINUTES", default=30)
CART_MAX_LINES = env.int("CART_MAX_LINES", default=100)
CART_MAX_QUANTITY = env.int("CART_MAX_QUANTITY", default=999)
# Providers without their keys are left out, and so is the demo unless it is switched on.
PAYMENT_METHODS = env.list(
    "PAYMENT_METHODS", default=["stripe", "paystack", "cod", "bank_transfer", "demo"]
)
PAYMENTS_DEMO = env.bool("PAYMENTS_DEMO", default=False)
PAYMENT_CAPTURE = env.str("PAYMENT_CAPTURE", default="automatic")
if PAYMENT_CAPTURE not in {"automatic", "manual"}:
    raise ImproperlyConfigured("PAYMENT_CAPTURE is `automatic` or `manual`.")
COD_COUNTRIES = env.list("COD_COUNTRIES", default=[])
COD_MAX_TOTALS = env.json("COD_MAX_TOTALS", default={})
COD_NOT_FIRST_ORDER = env.bool("COD_NOT_FIRST_ORDER", default=False)
BANK_TRANSFER_DAYS = env.int("BANK_TRANSFER_DAYS", default=7)
# One text, or one for each language: {"en": "…", "de": "…"}.
BANK_TRANSFER_INSTRUCTIONS = env.str(
    "BANK_TRANSFER_INSTRUCTIONS", default="Transfer the total to the account on our contact page."
)
CART_DAYS = env.int("CART_DAYS", default=60)
ABANDONED_CART_HOURS = env.int("ABANDONED_CART_HOURS", default=4)
REVIEW_AFTER_SHIPPING_DAYS = env.int("REVIEW_AFTER_SHIPPING_DAYS", default=7)
REVIEW_PICTURES = env.int("REVIEW_PICTURES", default=5)
REVIEW_PICTURE_MAX_BYTES = env.int("REVIEW_PICTURE_MAX_BYTES", default=8 * 1024 * 1024)

# ── Django ──────────────────────────────────────────────────────────────────────────────
DEBUG = False
SECRET_KEY = env.str("SECRET_KEY", default="")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "customers.User"

INSTALLED_APPS = [
    "config.apps.ConfigConfig",
    "search",
    "realtime",
    "content",
    "commerce.checkout",
    "commerce.feedback",
    "commerce.payments",
    "commerce.orders",
    "commerce.carts",
    "commerce.pricing",
    "commerce.shipping",
    "commerce.inventory",
    "commerce.catalogue",
    "commerce.customers",
    "core",
    "wagtail.contrib.redirects",
    "wagtail.contrib.settings",
    "wagtail.contrib.search_promotions",
    "wagtail.contrib.simple_translation",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail.api.v2",
    "wagtail.api.v3",
    "wagtail",
    "wagtail_headless_preview",
    "modelcluster",
    "taggit",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.google",
    "allauth.usersessions",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "channels",
    "django_tasks",
    "django_tasks_db",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "core.middleware.request_context",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "content.admin.signin.requirement.second_factor_required",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "wagtail.contrib.settings.context_processors.settings",
            ]
        },
    }
]

# ── Data ────────────────────────────────────────────────────────────────────────────────
DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR / 'vitrine.sqlite3'}")}
_database = DATABASES["default"]
if "sqlite" in _database["ENGINE"]:
    _database["CONN_MAX_AGE"] = None  # opening it and its PRAGMAs cost more than a request
    Path(_database["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    _database["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
        " PRAGMA cache_size=-64000; PRAGMA mmap_size=268435456;",
    }
else:
    _database["CONN_HEALTH_CHECKS"] = False
    _database.setdefault("OPTIONS", {})["pool"] = {
        "min_size": env.int("DATABASE_POOL_MIN", default=1),
        "max_size": env.int("DATABASE_POOL_MAX", default=10),
        "timeout": 10,
    }

REDIS_URL = env.str("REDIS_URL", default="")
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "core.cache.ForgetfulRedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "vitrine",
            "OPTIONS": {
                "SOCKET_CONNECT_TIMEOUT": 1,
                "SOCKET_TIMEOUT": 1,
                "IGNORE_EXCEPTIONS": True,
            },
        }
    }
    CHANNEL_LAYERS = {
        "default": {
            "BACKEND": "channels_redis.core.RedisChannelLayer",
            # Each process reads one channel for all its sockets, so that one holds a lot.
            "CONFIG": {
                # Longer than a process waits for a message, which is redis-py's own default.
                "hosts": [
                    {"address": REDIS_URL, "socket_timeout": 15, "socket_connect_timeout": 2}
                ],
                "prefix": "vitrine",
                "capacity": 10_000,
            },
        }
    }
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}

SESSION_ENGINE = "django.contrib.sessions.backends.db"
_TASK_BACKENDS = {
    "database": "django_tasks_db.DatabaseBackend",
    "celery": "core.celery_backend.CeleryBackend",
}
_task_engine = env.str("TASKS", default="database")
if _task_engine not in _TASK_BACKENDS:
    raise ImproperlyConfigured(f"TASKS is one of {', '.join(_TASK_BACKENDS)}.")
TASKS = {"default": {"BACKEND": _TASK_BACKENDS[_task_engine]}}
TASK_MAX_ATTEMPTS = env.int("TASK_MAX_ATTEMPTS", default=10)
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL)
if _task_engine == "celery" and not CELERY_BROKER_URL:
    raise ImproperlyConfigured("TASKS=celery needs CELERY_BROKER_URL or REDIS_URL.")
EMBEDDED_WORKER = env.bool("EMBEDDED_WORKER", default=False)

# ── Files ───────────────────────────────────────────────────────────────────────────────
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(VAR / "media"))
MEDIA_URL = env.str("MEDIA_URL", default="/media/")
STATIC_ROOT = env.str("STATIC_ROOT", default=str(VAR / "static"))
STATIC_URL = "/static/"
STATICFILES_DIRS = [("storefront", ROOT / "templates" / "storefront")]
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
if env.str("S3_BUCKET", default=""):
    STORAGES["default"] = {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": env.str("S3_BUCKET"),
            "region_name": env.str("S3_REGION", default=None),
            "endpoint_url": env.str("S3_ENDPOINT_URL", default=None),
            "access_key": env.str("S3_ACCESS_KEY", default=None),
            "secret_key": env.str("S3_SECRET_KEY", default=None),
            "custom_domain": env.str("S3_CUSTOM_DOMAIN", default=None),
            "querystring_auth": False,
            "file_overwrite": False,
        },
    }

# ── Language and time ───────────────────────────────────────────────────────────────────
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_I18N = True
LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en")
LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = [("en", "English"), ("de", "Deutsch")]
WAGTAIL_I18N_ENABLED = True

# ── Accounts ────────────────────────────────────────────────────────────────────────────
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "/admin/login/"
STAFF_MFA_REQUIRED = env.bool("STAFF_MFA_REQUIRED", default=False)

ACCOUNT_ADAPTER = "commerce.customers.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "commerce.customers.accounts.forms.SignupForm"
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# Sign-in and reset 10 a minute per address and account, and a guessing crowd is slowed down too.
RATE_SIGN_IN = env.str("RATE_SIGN_IN", default="10/m")
ACCOUNT_RATE_LIMITS = {
    "login": f"{RATE_SIGN_IN}/ip",
    "login_failed": f"{RATE_SIGN_IN}/ip,{RATE_SIGN_IN}/key",
    "reset_password": f"{RATE_SIGN_IN}/ip,{RATE_SIGN_IN}/key",
    "reset_password_from_key": f"{RATE_SIGN_IN}/ip",
    "signup": f"{RATE_SIGN_IN}/ip",
    "reauthenticate": f"{RATE_SIGN_IN}/user",
    "change_password": f"{RATE_SIGN_IN}/user",
    "manage_email": f"{RATE_SIGN_IN}/user",
    "confirm_email": f"{env.str('RATE_CONFIRM_MAIL', default='1/3m')}/key",
}

HEADLESS_ONLY = True
HEADLESS_SERVE_SPECIFICATION = True
HEADLESS_SPECIFICATION_TEMPLATE_NAME = None
HEADLESS_TOKEN_STRATEGY = "commerce.customers.accounts.tokens.RotatingTokens"  # noqa: S105
HEADLESS_JWT_ALGORITHM = "HS256"
HEADLESS_JWT_ACCESS_TOKEN_EXPIRES_IN = env.int("ACCESS_TOKEN_SECONDS", default=300)
HEADLESS_JWT_REFRESH_TOKEN_EXPIRES_IN = env.int("REFRESH_TOKEN_SECONDS", default=14 * 24 * 3600)
# An access token is worth no more than its session: sign-out and a new password end it at once.
HEADLESS_JWT_STATEFUL_VALIDATION_ENABLED = True
HEADLESS_FRONTEND_URLS = {
    "account_confirm_email": f"{STOREFRONT_URL}/account/confirm/{{key}}/",
    "account_reset_password": f"{STOREFRONT_URL}/account/reset/",
    "account_reset_password_from_key": f"{STOREFRONT_URL}/account/reset/{{key}}/",
    "account_signup": f"{STOREFRONT_URL}/account/register/",
    "socialaccount_login_error": f"{STOREFRONT_URL}/account/",
}

MFA_ADAPTER = "commerce.customers.accounts.adapter.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SHOP_NAME
# allauth remembers a used code for one period only: with a tolerance it could be used again.
MFA_TOTP_TOLERANCE = 0
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = STOREFRONT_URL.startswith("http://")

GOOGLE_CLIENT_ID = env.str("GOOGLE_CLIENT_ID", default="")
GOOGLE_SCRIPT_URL = env.str("GOOGLE_SCRIPT_URL", default="https://accounts.google.com/gsi/client")
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {
    "google": {
        "APPS": [{"client_id": GOOGLE_CLIENT_ID, "secret": "", "key": ""}]
        if GOOGLE_CLIENT_ID
        else [],
        "CERTS_URL": env.str(
            "GOOGLE_CERTS_URL", default="https://www.googleapis.com/oauth2/v1/certs"
        ),
        # Google has verified these addresses: the account that has one is the same person's.
        "EMAIL_AUTHENTICATION": True,
        "EMAIL_AUTHENTICATION_AUTO_CONNECT": True,
    }
}

# ── How long personal data is kept (0: without limit), see `manage.py apply_retention` ──
RETENTION_INVOICE_YEARS = env.int("RETENTION_INVOICE_YEARS", default=10)
RETENTION_GUEST_ORDER_YEARS = env.int("RETENTION_GUEST_ORDER_YEARS", default=3)
RETENTION_INACTIVE_ACCOUNT_MONTHS = env.int("RETENTION_INACTIVE_ACCOUNT_MONTHS", default=0)
RETENTION_CONSENT_YEARS = env.int("RETENTION_CONSENT_YEARS", default=3)
RETENTION_INQUIRY_MONTHS = env.int("RETENTION_INQUIRY_MONTHS", default=24)
RETENTION_MAIL_LOG_DAYS = env.int("RETENTION_MAIL_LOG_DAYS", default=90)
RETENTION_NOTIFICATION_DAYS = env.int("RETENTION_NOTIFICATION_DAYS", default=30)
RETENTION_OFFER_DAYS = env.int("RETENTION_OFFER_DAYS", default=400)
RETENTION_SESSION_DAYS = env.int("RETENTION_SESSION_DAYS", default=7)

# ── Search ──────────────────────────────────────────────────────────────────────────────
ALGOLIA_APP_ID = env.str("ALGOLIA_APP_ID", default="")
ALGOLIA_API_KEY = env.str("ALGOLIA_API_KEY", default="")
ALGOLIA_SEARCH_KEY = env.str("ALGOLIA_SEARCH_KEY", default="")
ALGOLIA_HOST = env.str("ALGOLIA_HOST", default="")
ALGOLIA_INDEX_PREFIX = env.str("ALGOLIA_INDEX_PREFIX", default="vitrine")
ALGOLIA_REGION = env.str("ALGOLIA_REGION", default="")
ALGOLIA_SORT_CURRENCIES = env.list("ALGOLIA_SORT_CURRENCIES", default=[])
ALGOLIA_TIMEOUT_SECONDS = env.float("ALGOLIA_TIMEOUT_SECONDS", default=2.0)
ALGOLIA_WRITE_TIMEOUT_SECONDS = env.float("ALGOLIA_WRITE_TIMEOUT_SECONDS", default=30.0)
ALGOLIA_TASK_SECONDS = env.float("ALGOLIA_TASK_SECONDS", default=60.0)
ALGOLIA_KEY_SECONDS = env.int("ALGOLIA_KEY_SECONDS", default=3600)
# How often counts of searches are written (0: not by themselves), and for how long they stay.
SEARCH_COUNT_SECONDS = env.float("SEARCH_COUNT_SECONDS", default=5.0)
SEARCH_COUNT_DAYS = env.int("SEARCH_COUNT_DAYS", default=400)
SEARCH_ENGINE = "algolia" if ALGOLIA_APP_ID and ALGOLIA_API_KEY else "database"

# ── Analytics ───────────────────────────────────────────────────────────────────────────
# Without consent events are stored without visitor and customer.
ANALYTICS_CONSENT_REQUIRED = env.bool("ANALYTICS_CONSENT_REQUIRED", default=True)
ANALYTICS_COUNT_STAFF = env.bool("ANALYTICS_COUNT_STAFF", default=False)
ANALYTICS_EVENTS_PER_MINUTE = env.int("ANALYTICS_EVENTS_PER_MINUTE", default=3000)
ANALYTICS_RAW_DAYS = env.int("ANALYTICS_RAW_DAYS", default=90)
ANALYTICS_SESSION_DAYS = env.int("ANALYTICS_SESSION_DAYS", default=400)
# An order so long after an offer is counted as its success, and one after a reminder of the cart.
OFFER_DAYS = env.int("OFFER_DAYS", default=7)
CART_RECOVERY_DAYS = env.int("CART_RECOVERY_DAYS", default=7)

# ── API ─────────────────────────────────────────────────────────────────────────────────
API_MAX_BODY_BYTES = env.int("API_MAX_BODY_BYTES", default=1024 * 1024)
WEBHOOK_MAX_BODY_BYTES = env.int("WEBHOOK_MAX_BODY_BYTES", default=2 * 1024 * 1024)
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
THROTTLE_RATES = {
    "anonymous": env.str("RATE_ANONYMOUS", default="100/hour"),
    "customer": env.str("RATE_CUSTOMER", default="1000/hour"),
    "staff": env.str("RATE_STAFF", default="5000/hour"),
    "read": env.str("RATE_READ", default="20000/hour"),
    "export": env.str("RATE_EXPORT", default="10/hour"),
    "search_key": env.str("RATE_SEARCH_KEY", default="120/hour"),
    "inquiries": env.str("RATE_INQUIRIES", default="5/hour"),
    "search_events": env.str("RATE_SEARCH_EVENTS", default="600/hour"),
}
THROTTLE_PUBLIC_READS = env.bool("THROTTLE_PUBLIC_READS", default=True)
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "commerce.customers.api.authentication.BearerSignIn",
        "commerce.customers.api.authentication.SessionSignIn",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_RENDERER_CLASSES": ["core.rendering.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["core.rendering.JSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["core.throttling.ShopThrottle"],
    "EXCEPTION_HANDLER": "core.problems.handle",
    "DEFAULT_SCHEMA_CLASS": "config.openapi.AutoSchema",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "NUM_PROXIES": TRUSTED_PROXIES,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": f"{SHOP_NAME} API",
    "DESCRIPTION": "Products, carts, checkout and orders of a headless Wagtail shop.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "PREPROCESSING_HOOKS": ["config.openapi.leave_out"],
    "POSTPROCESSING_HOOKS": [
        "config.openapi.add_wagtail_api",
        "core.openapi.add_problem_answers",
        "config.openapi_accounts.add_accounts",
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_URLS_REGEX = r"^/api/.*$"
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOW_HEADERS = [
    "accept", "accept-language", "authorization", "content-type", "idempotency-key",
    "if-none-match", "x-cart-token", "x-csrftoken", "x-request-id",
]  # fmt: skip
CORS_EXPOSE_HEADERS = [
    "ETag", "Idempotency-Replayed", "Retry-After", "RateLimit-Limit", "RateLimit-Remaining",
    "RateLimit-Reset", "X-Request-Id",
]  # fmt: skip

# ── Security ────────────────────────────────────────────────────────────────────────────
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "core.problems.csrf_failure"
CART_TOKEN_COOKIE = "cart_token"  # noqa: S105 (its name)
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
# The admin shows the storefront's preview in a frame of the same origin.
X_FRAME_OPTIONS = "SAMEORIGIN"

# ── Sockets: docs/realtime.md ───────────────────────────────────────────────────────────
SOCKETS_PER_CUSTOMER = env.int("SOCKETS_PER_CUSTOMER", default=40)
SOCKETS_PER_ADDRESS = env.int("SOCKETS_PER_ADDRESS", default=100)
SOCKET_SIGN_IN_SECONDS = env.float("SOCKET_SIGN_IN_SECONDS", default=10.0)
SOCKET_PING_SECONDS = env.float("SOCKET_PING_SECONDS", default=30.0)
SOCKET_SILENT_SECONDS = env.float("SOCKET_SILENT_SECONDS", default=75.0)
SOCKET_CHECK_SECONDS = env.float("SOCKET_CHECK_SECONDS", default=15.0)
SOCKET_SEND_SECONDS = env.float("SOCKET_SEND_SECONDS", default=20.0)
SOCKET_QUEUE = env.int("SOCKET_QUEUE", default=64)
SOCKET_MAX_BYTES = env.int("SOCKET_MAX_BYTES", default=65_536)
SOCKET_MESSAGES_PER_SECOND = env.float("SOCKET_MESSAGES_PER_SECOND", default=10.0)
SOCKET_THREADS = env.int("SOCKET_THREADS", default=4)
DASHBOARD_SECONDS = env.float("DASHBOARD_SECONDS", default=5.0)

# ── Wagtail ─────────────────────────────────────────────────────────────────────────────
WAGTAIL_SITE_NAME = SHOP_NAME
WAGTAILADMIN_BASE_URL = BASE_URL
WAGTAILADMIN_USER_LOGIN_FORM = "content.admin.signin.forms.SignInForm"
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAILAPI_BASE_URL = BASE_URL
WAGTAILAPI_LIMIT_MAX = 100
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "modelsearch.backends.database"}}
WAGTAILIMAGES_MAX_UPLOAD_SIZE = 15 * 1024 * 1024
WAGTAILIMAGES_EXTENSIONS = ["avif", "gif", "jpg", "jpeg", "png", "webp"]
TAGGIT_CASE_INSENSITIVE = True
PREVIEW_MINUTES = 60
WAGTAIL_HEADLESS_PREVIEW = {
    "CLIENT_URLS": {"default": f"{STOREFRONT_URL}/preview/"},
    "SERVE_BASE_URL": STOREFRONT_URL,
    "REDIRECT_ON_PREVIEW": False,
    "ENFORCE_TRAILING_SLASH": True,
}

# ── Mail ────────────────────────────────────────────────────────────────────────────────
vars().update(env.email_url("EMAIL_URL", default="consolemail://"))
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default=f"{SHOP_NAME} <shop@vitrine.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)
if env.str("EMAIL_BACKEND", default=""):
    EMAIL_BACKEND = env.str("EMAIL_BACKEND")
ANYMAIL = env.json("ANYMAIL", default={})
MAIL_REPLY_TO = env.str("MAIL_REPLY_TO", default="")
DIGEST_HOUR = env.int("DIGEST_HOUR", default=7)
STAFF_EMAILS = env.list("STAFF_EMAILS", default=[])

# ── Payment providers ───────────────────────────────────────────────────────────────────
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", default="")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", default="")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="https://api.stripe.com")
STRIPE_API_VERSION = env.str("STRIPE_API_VERSION", default="2026-10-28.endive")
PAYSTACK_SECRET_KEY = env.str("PAYSTACK_SECRET_KEY", default="")
PAYSTACK_API_BASE = env.str("PAYSTACK_API_BASE", default="https://api.paystack.co")
PAYMENT_TIMEOUT_SECONDS = env.float("PAYMENT_TIMEOUT_SECONDS", default=10.0)

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = logging_config(json=env.bool("LOG_JSON", default=True), level=LOG_LEVEL)
IDEMPOTENCY_KEEP = timedelta(hours=24)
