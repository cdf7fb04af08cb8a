"""The demo brand's shops at vendors: each has a part of the range, and says some of it in words of its own."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import httpx
from django.conf import settings

from doorstep.base import tls
from doorstep.base.ctx import Ctx
from doorstep.channels import actions as channels
from doorstep.channels.exposure import Rule
from doorstep.cli.demo import brand
from doorstep.flows import expose

WITHIN_S = 10.0
SHOWN = 12  # of each thing, before the shop is told for the first time
FIRST_ORDERS = 4
AMAZON_SELLER, AMAZON_MARKETPLACE = "A3SANDBOX", "A1PA6795UKMFR9"


@dataclass(frozen=True, slots=True)
class Vendor:
    """One shop.  `known`: what a call is signed with there.  `fill`: gives it what it sells, where it has nothing."""

    title: str
    currency: str
    reached: Callable[[str], dict[str, str]]
    fill: Callable[[httpx.Client], None]
    rule: Rule | None = None


def shops() -> dict[str, str]:
    """Where vendors' shops answer; other vendors stand in the same setting."""
    return {provider: url for provider, url in settings.SANDBOX_VENDORS.items() if provider in VENDORS}


def connect(ctx: Ctx) -> None:
    """Connects what is there; jobs introduce us, and read and map what it lists."""
    for provider, url in shops().items():
        vendor = VENDORS[provider]
        made = channels.connect(
            ctx, provider=provider, name=vendor.title, url=url, settings=vendor.reached(url), currency=vendor.currency
        )
        if vendor.rule is not None:
            expose.set_rule(ctx, connection_id=made.id, rule=vendor.rule)


def reached(provider: str, url: str) -> Mapping[str, str]:
    """How a vendor's shop is reached at an address."""
    return {"url": url, **VENDORS[provider].reached(url)}


def fill() -> None:
    """Gives each shop what it sells, and its first orders, where it has nothing.  One that stays silent is told of, and left."""
    with ThreadPoolExecutor(max(len(shops()), 1)) as crew:
        for said in crew.map(_fill, shops().items()):
            if said:
                print(said, file=sys.stderr)


def _fill(at: tuple[str, str]) -> str:
    """What went wrong, if anything did."""
    (provider, url), deadline = at, time.monotonic() + WITHIN_S
    with httpx.Client(base_url=url, timeout=httpx.Timeout(5), verify=tls.trusted(), trust_env=False) as http:
        while True:
            try:
                VENDORS[provider].fill(http)
            except httpx.HTTPError as trouble:
                if time.monotonic() > deadline:
                    return f"The sandbox {provider} does not answer ({trouble}); it sells nothing yet."
                time.sleep(0.2)
            else:
                return ""


def _fill_shopify(http: httpx.Client) -> None:
    """Every second thing, in dollars; some under an older SKU, which the barcode tells, and one that is nothing of ours."""
    if _ask(http, "GET", "/admin/levels")["levels"]:
        return
    items = [
        {
            "sku": f"{variant.sku}-US" if n % 20 == 0 else variant.sku, "barcode": variant.barcode, "currency": "USD",
            "title": _title(shelf, variant.options), "price": str(brand.price_in("USD", variant.price.minor).decimal),
            "available": {"Main": SHOWN},
        }
        for n, (shelf, variant) in enumerate(_variants()[::2])
    ]  # fmt: skip
    wrap = {"sku": "WRAP-HOLIDAY", "title": "Holiday gift wrap", "price": "4.90", "currency": "USD", "available": {"Main": SHOWN}}
    _ask(http, "PUT", "/admin/catalog", [*items, wrap])
    _ask(http, "POST", "/admin/orders", {"count": FIRST_ORDERS, "country": "US"})


def _fill_woocommerce(http: httpx.Client) -> None:
    """Every fourth product with its variations, in won."""
    if _ask(http, "GET", "/admin/stock")["stock"]:
        return
    for shelf in brand.shelves()[::4]:
        first, *_ = shelf.variants
        each = [
            {"sku": one.sku, "barcode": one.barcode, "price": str(one.price.decimal), "stock": SHOWN,
             "option": one.options[0] if one.options else "One"}
            for one in shelf.variants
        ]  # fmt: skip
        product: dict[str, Any] = {"name": shelf.product.title, "price": str(first.price.decimal)}
        product |= {"variations": each} if len(each) > 1 else {name: each[0][name] for name in ("sku", "barcode", "stock")}
        _ask(http, "POST", "/admin/products", product)
    _ask(http, "POST", "/admin/orders", {"count": FIRST_ORDERS, "country": "KR"})


def _fill_amazon(http: httpx.Client) -> None:
    """Every fifth thing, in euro."""
    if _ask(http, "GET", "/admin/books")["listings"]:
        return
    items = [
        {"sku": variant.sku, "title": _title(shelf, variant.options), "quantity": SHOWN,
         "price": str(brand.price_in("EUR", variant.price.minor).decimal)}
        for shelf, variant in _variants()[::5]
    ]  # fmt: skip
    _ask(http, "PUT", "/admin/listings", items)
    _ask(http, "POST", "/admin/orders", {"count": FIRST_ORDERS})


def _variants() -> list[tuple[brand.Shelf, Any]]:
    return [(shelf, variant) for shelf in brand.shelves() for variant in shelf.variants]


def _title(shelf: brand.Shelf, options: tuple[str, ...]) -> str:
    """As it is called abroad: `Haru mug, Ivory`."""
    return ", ".join((f"{shelf.series.en} {shelf.form.en}", *options))


def _ask(http: httpx.Client, method: str, path: str, body: object = None) -> Any:
    return http.request(method, path, json=body).raise_for_status().json()


VENDORS: Mapping[str, Vendor] = {
    "shopify": Vendor(
        "Moru US · Shopify (sandbox)", "USD", lambda _url: {"token": "sandbox", "client_secret": "sandbox-client-secret"},
        _fill_shopify,
    ),
    "woocommerce": Vendor(
        "Moru Seoul · WooCommerce (sandbox)", "KRW", lambda _url: {"client_id": "ck_sandbox", "client_secret": "cs_sandbox"},
        _fill_woocommerce,
    ),
    "amazon": Vendor(
        "Moru on Amazon.de (sandbox)", "EUR",
        lambda url: {
            "client_id": "sandbox", "client_secret": "sandbox", "refresh_token": "sandbox", "seller": AMAZON_SELLER,
            "marketplace": AMAZON_MARKETPLACE, "auth_url": f"{url}/auth/o2/token", "bridge": f"{url}/admin/connect",
        },
        _fill_amazon, Rule(buffer=2, most=20),
    ),
}  # fmt: skip
