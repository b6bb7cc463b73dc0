"""HTTP alone, for WSGI servers."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

from django.conf import settings
from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()

if settings.EMBEDDED_WORKER:
    from core.worker import start_in_background

    start_in_background()
