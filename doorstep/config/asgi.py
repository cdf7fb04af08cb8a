"""The ASGI entry point: Django, and beside it what must not pass through its middleware."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.config.settings")
_django = get_asgi_application()

from doorstep.web.parts.ceiling import Ceiling  # noqa: E402  # templates need the settings

application = Ceiling(_django)
