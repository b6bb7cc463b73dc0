"""A shop on the open network. Refuses to start without what it needs, and says what."""

from django.core.exceptions import ImproperlyConfigured

from config.settings.base import *  # noqa: F403
from config.settings.base import ALLOWED_HOSTS, BASE_URL, SECRET_KEY, env

_missing = [
    f"{name}: {what}"
    for name, what, there in (
        ("SECRET_KEY", "at least 50 random characters", len(SECRET_KEY) >= 50),
        ("ALLOWED_HOSTS", "the host names that this shop answers to", bool(ALLOWED_HOSTS)),
        (
            "DATABASE_URL",
            "postgres://… (or sqlite:///…)",
            bool(env.str("DATABASE_URL", default="")),
        ),
        ("BASE_URL", "the public https:// address", BASE_URL.startswith("https://")),
    )
    if not there
]
if _missing:
    raise ImproperlyConfigured("Production settings need: " + "; ".join(_missing))

# W019 wants X_FRAME_OPTIONS to be DENY; the admin frames its own previews (same origin only).
SILENCED_SYSTEM_CHECKS = ["security.W019"]
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
STORAGES["staticfiles"] = {  # noqa: F405
    "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
}
