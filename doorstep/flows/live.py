"""The live switch of a demo brand: the sandbox shops place orders, and their customers write, chat and send things back."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
from django.conf import settings

from doorstep.accounts import queries as accounts
from doorstep.base import tls
from doorstep.base.ctx import Ctx
from doorstep.base.refusals import Refusal, Refused
from doorstep.base.words import gettext_noop
from doorstep.channels.port import shops
from doorstep.messaging import queries as messaging
from doorstep.shipping import queries as shipping

EVERY_S = 4
AT_VENDORS_EVERY_S = 12
CUSTOMERS_EVERY_S = 15
SANDBOX_MAILBOX = "sandbox_mailbox"
TIMEOUT = httpx.Timeout(1.5, connect=0.5)  # the home page waits for it
PRESSED = httpx.Timeout(6, connect=2)  # who pressed the switch waits rather than press twice

NO_LIVE = Refusal(
    "no_live_shop",
    gettext_noop("There is no sandbox shop here that could place orders."),
    gettext_noop("Start Doorstep with bin/up and its demo brand."),
)
MAILBOX_SILENT = Refusal(
    "live_mailbox_silent",
    gettext_noop("The sandbox mailbox does not answer."),
    gettext_noop("Wait a moment, then try again."),
    status=502,
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
        return Live(possible=True, on=_ask_shop("GET", None))
    except (httpx.HTTPError, ValueError, KeyError):
        return Live(possible=False, on=False)


def set(ctx: Ctx, on: bool) -> Live:
    """Turns the switch, for the shops and for their customers; turning it to where it stands changes nothing.

    Refuses: an organisation that is no demo (`NO_LIVE`), a shop or a mailbox that does not answer (`SHOP_SILENT`,
    `MAILBOX_SILENT`).
    """
    if not _has_shop(ctx):
        raise Refused(NO_LIVE)
    try:
        live = Live(possible=True, on=_ask_shop("POST", {"on": on, "every_s": EVERY_S}))
        for vendor, url in settings.SANDBOX_VENDORS.items():
            if vendor in shops.names():  # other vendors, such as who carries texts, place no orders
                _ask_shop("POST", {"on": on, "every_s": AT_VENDORS_EVERY_S}, url=url)
    except (httpx.HTTPError, ValueError, KeyError):
        raise Refused(SHOP_SILENT) from None
    try:
        _tell_customers(ctx, on)
    except httpx.HTTPError:
        raise Refused(MAILBOX_SILENT) from None
    return live


def _tell_customers(ctx: Ctx, on: bool) -> None:
    """The sandbox mailbox is where customers live: it learns where the brand's doors are."""
    mailbox = next((row for row in messaging.list_mailboxes(ctx) if row.provider == SANDBOX_MAILBOX), None)
    if mailbox is None:
        return
    told: dict[str, object] = {
        "on": on, "every_s": CUSTOMERS_EVERY_S, "house": mailbox.address, "web": settings.PUBLIC_URL,
        "slug": accounts.organisation(ctx).slug,
    }  # fmt: skip
    carrier = shipping.find_default_carrier(ctx)
    if carrier is not None and carrier.settings.get("url") == settings.SANDBOX_CARRIER_URL:
        told |= {"carrier": carrier.settings["url"], "carrier_token": carrier.settings.get("token", "")}
    headers = {"authorization": f"Bearer {mailbox.settings.get('token', '')}"}
    with httpx.Client(timeout=PRESSED, verify=tls.trusted(), trust_env=False, headers=headers) as http:
        http.post(f"{mailbox.settings['url']}/admin/live", json=told).raise_for_status()


def _has_shop(ctx: Ctx) -> bool:
    return bool(settings.SANDBOX_SHOP_URL) and accounts.organisation(ctx).is_demo


def _ask_shop(method: str, body: dict[str, object] | None, *, url: str = "") -> bool:
    """How a sandbox shop's own switch stands; that of the brand's first shop unless another is named."""
    with httpx.Client(timeout=PRESSED if method == "POST" else TIMEOUT, verify=tls.trusted(), trust_env=False) as http:
        answer = http.request(method, f"{url or settings.SANDBOX_SHOP_URL}/admin/live", json=body)
    answer.raise_for_status()
    return bool(answer.json()["on"])
