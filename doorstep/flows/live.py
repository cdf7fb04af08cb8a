"""The live switch of a demo brand: the sandbox shop places an order every few seconds."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
from django.conf import settings

from doorstep.accounts import queries as accounts
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refusal, Refused
from doorstep.base.words import gettext_noop

EVERY_S = 4
TIMEOUT = httpx.Timeout(1.5, connect=0.5)

NO_LIVE = Refusal(
    "no_live_shop",
    gettext_noop("There is no sandbox shop here that could place orders."),
    gettext_noop("Start Doorstep with bin/up and its demo brand."),
)
SHOP_SILENT = Refusal(
    "live_shop_silent",
    gettext_noop("The sandbox shop does not answer."),
    gettext_noop("Wait a moment, then try again."),
    status=502,
)


@dataclass(frozen=True, slots=True)
class Live:
    """The switch.  `possible`: whether this organisation has one, and the shop behind it answers."""

    possible: bool
    on: bool


def get(ctx: Ctx) -> Live:
    """How the switch stands; a shop that does not answer at once counts as none."""
    if not _has_shop(ctx):
        return Live(possible=False, on=False)
    try:
        return Live(possible=True, on=_ask("GET", None))
    except (httpx.HTTPError, ValueError, KeyError):
        return Live(possible=False, on=False)


def set(ctx: Ctx, on: bool) -> Live:
    """Turns the switch; turning it to where it stands changes nothing.

    Refuses: an organisation that is no demo (`NO_LIVE`), a shop that does not answer (`SHOP_SILENT`).
    """
    if not _has_shop(ctx):
        raise Refused(NO_LIVE)
    try:
        return Live(possible=True, on=_ask("POST", {"on": on, "every_s": EVERY_S}))
    except (httpx.HTTPError, ValueError, KeyError):
        raise Refused(SHOP_SILENT) from None


def _has_shop(ctx: Ctx) -> bool:
    return bool(settings.SANDBOX_SHOP_URL) and accounts.organisation(ctx).is_demo


def _ask(method: str, body: dict[str, object] | None) -> bool:
    with httpx.Client(timeout=TIMEOUT, trust_env=False) as http:
        answer = http.request(method, f"{settings.SANDBOX_SHOP_URL}/admin/live", json=body)
    answer.raise_for_status()
    return bool(answer.json()["on"])
