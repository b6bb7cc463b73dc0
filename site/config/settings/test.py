"""The suite: fast hashing, mail in memory, tasks at once, rates that no test meets by chance."""

from config.settings.base import *  # noqa: F403
from config.settings.base import STORAGES, VAR, WAGTAIL_HEADLESS_PREVIEW, env
from core.logging import logging_config

SECRET_KEY = "test-key-that-no-production-may-use-0123456789-0123456789"  # noqa: S105
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
MEDIA_ROOT = env.str("MEDIA_ROOT", default=str(VAR / "test" / "media"))
THROTTLE_RATES = dict.fromkeys(("anonymous", "customer", "staff", "read"), "1000000/hour")
SEARCH_COUNT_SECONDS = 0.0
TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
WAGTAIL_HEADLESS_PREVIEW = {**WAGTAIL_HEADLESS_PREVIEW}
LOGGING = logging_config(json=False, level="WARNING")
