"""What the frame around every page shows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from doorstep.accounts import queries as accounts
from doorstep.accounts import rules
from doorstep.base import outbox
from doorstep.web.parts import navigation


def frame(request: HttpRequest) -> dict[str, Any]:
    """Navigation with counts, theme and the live cursor for staff; languages for everybody.

    Queries run only where a full page is rendered: htmx fragments show no frame.
    """
    found: dict[str, Any] = {"languages": settings.LANGUAGES, "theme": "system"}
    ctx, staff = getattr(request, "ctx", None), getattr(request, "staff", None)
    if ctx is None or staff is None:
        return found
    found |= {
        "organisation": request.organisation,  # type: ignore[attr-defined]
        "staff": staff,
        "theme": staff.theme,
        "permissions": rules.permissions_of(staff.role),
    }
    if getattr(request, "htmx", None):
        return found
    if len(request.places) > 1:  # type: ignore[attr-defined]
        found["organisations"] = accounts.organisations_of_user(user_id=staff.user_id)
    tx, id = getattr(request, "live_head", None) or outbox.head(ctx.organisation_id)
    return found | {
        "navigation": navigation.entries(ctx, staff, path=request.path),
        "palette_commands": navigation.commands(staff),
        "live_cursor": f"{tx}-{id}",
    }
