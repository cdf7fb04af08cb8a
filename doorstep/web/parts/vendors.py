"""What the settings pages of vendors share: how an account looks in a list, and what a person gave to connect one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from doorstep.accounts.rules import require_choice, require_text
from doorstep.base.registry import VendorAccount
from doorstep.web.parts import states

TITLES = {"easypost": "EasyPost", "ups": "UPS", "dhl": "DHL"}
HOOKS = {
    "on": states.Look(states.DONE, "check", _("On")),
    "asked": states.Look(states.MOVING, "clock", _("Being set up")),
    "failing": states.Look(states.BROKEN, "alert-triangle", _("Failing")),
    "off": states.Look(states.OVER, "x", _("Off")),
}


def title_of(provider: str) -> str:
    """A vendor's name for people: sandbox_carrier is Sandbox carrier."""
    return TITLES.get(provider) or provider.replace("_", " ").capitalize()


def choices(names: Iterable[str]) -> list[tuple[str, str]]:
    """Vendors to choose from, as `{% choice %}` takes them."""
    return [(name, title_of(name)) for name in names]


def line(row: VendorAccount, default: VendorAccount | None) -> dict[str, Any]:
    """An account as pages show it: nothing secret among it.  `default`: the one that is used first."""
    return {
        "id": row.id, "name": row.name, "provider": title_of(row.provider), "url": row.settings.get("url", ""),
        "has_token": bool(row.settings.get("token")), "active": row.active, "hooks": HOOKS[row.hooks],
        "is_default": default is not None and default.id == row.id,
    }  # fmt: skip


def form_of(request: HttpRequest) -> dict[str, str]:
    """What was given to connect an account, to be shown again; its token is not."""
    return {name: request.POST.get(name, "") for name in ("name", "provider", "url")}


def wanted(request: HttpRequest, *, providers: list[str]) -> dict[str, Any]:
    """An account to be connected: code, name, provider and settings.  Refuses: no name, a provider that nobody wired."""
    provider = request.POST.get("provider", "")
    require_choice("provider", provider, providers)
    name = require_text("name", request.POST.get("name", ""), longest=80)
    code = (slugify(name, allow_unicode=True) or provider)[:30]
    return {"code": code, "name": name, "provider": provider, "settings": {"token": "", **reached(request)}}


def reached(request: HttpRequest) -> dict[str, str]:
    """How a vendor is reached; a token that was left empty is not among it, so that the one that is there stays."""
    token = request.POST.get("token", "").strip()[:400]
    return {"url": request.POST.get("url", "")} | ({"token": token} if token else {})
