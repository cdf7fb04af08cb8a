"""The ASGI entry point: Django, and beside it what must not pass through its middleware."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

from doorstep.base import garbage

garbage.seldom()  # whoever loads this, uvicorn itself too: half of the start would go into looking through what stays
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "doorstep.config.settings")
_django = get_asgi_application()

from django.urls import get_resolver  # noqa: E402  # all of these need the settings

from doorstep.api.lane.lane import Lane  # noqa: E402
from doorstep.web.parts.ceiling import Ceiling  # noqa: E402
from doorstep.web.parts.health import took  # noqa: E402

_ = get_resolver().url_patterns  # every page is loaded before the first request, and left out of what is looked through later
garbage.settle()
application = Lane(Ceiling(_django), observe=took("POST", "api/v1/orders"))
