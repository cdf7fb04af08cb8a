"""The sandbox shop learns what the demo brand sells, so that it orders things that are there."""

from __future__ import annotations

import sys
import time

import httpx
from django.conf import settings

from doorstep.accounts import queries as accounts
from doorstep.base import tls
from doorstep.base.money import Money
from doorstep.cli.demo import brand

PROVIDER = "sandbox_shop"
WITHIN_S = 10.0
# A SKU has one currency in the shop: of ten, so many are sold to Korea, the US, the euro area and Britain.
CURRENCIES = ("KRW", "USD", "KRW", "EUR", "KRW", "USD", "KRW", "EUR", "KRW", "GBP")


def catalogue() -> list[dict[str, str]]:
    """What the shop sells, in its own words."""
    items: list[dict[str, str]] = []
    for shelf in brand.shelves():
        for variant in shelf.variants:
            price = _price(len(items), variant.price)
            title = " ".join((shelf.product.title, *variant.options))
            items.append({"sku": variant.sku, "title": title, "price": str(price.decimal), "currency": price.currency})
    return items


def _price(number: int, won: Money) -> Money:
    return brand.price_in(CURRENCIES[number % len(CURRENCIES)], won.minor)


def fill() -> None:
    """Gives the shop its catalogue where it has none, and the demo brand's chat.

    A shop that stays silent is told of, and left alone.
    """
    deadline = time.monotonic() + WITHIN_S
    with httpx.Client(base_url=settings.SANDBOX_SHOP_URL, timeout=httpx.Timeout(5), verify=tls.trusted(), trust_env=False) as http:
        while True:
            try:
                if not http.get("/admin/catalog").raise_for_status().json()["items"]:
                    http.put("/admin/catalog", json=catalogue()).raise_for_status()
                http.post("/admin/script", json={"src": _chat()}).raise_for_status()
                return
            except httpx.HTTPError as trouble:
                if time.monotonic() > deadline:
                    print(f"The sandbox shop does not answer ({trouble}); it has no catalogue yet.", file=sys.stderr)
                    return
                time.sleep(0.2)


def _chat() -> str:
    """The script of the demo brand's chat, as its shop's page names it."""
    slug = next((brand.slug for brand in accounts.list_organisations() if brand.is_demo), "")
    return f"{settings.PUBLIC_URL}/chat/widget.js?brand={slug}" if slug else ""
