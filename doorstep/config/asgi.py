"""The ASGI entry point: Django, and beside it what must not pass through its middleware."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.config.settings")
application = get_asgi_application()
