"""A developer's machine and the demo: debug pages, any loopback host, readable logs."""

from config.settings.base import *  # noqa: F403
from config.settings.base import LOG_LEVEL, SECRET_KEY, env
from core.logging import logging_config

DEBUG = env.bool("DEBUG", default=True)
SECRET_KEY = SECRET_KEY or "development-only-key-that-no-production-may-use-0123456789"
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
LOGGING = logging_config(json=env.bool("LOG_JSON", default=False), level=LOG_LEVEL)
WHITENOISE_USE_FINDERS = True
THROTTLE_RATES = {
    "anonymous": env.str("RATE_ANONYMOUS", default="10000/hour"),
    "customer": env.str("RATE_CUSTOMER", default="10000/hour"),
    "staff": env.str("RATE_STAFF", default="50000/hour"),
    "read": env.str("RATE_READ", default="200000/hour"),
}
