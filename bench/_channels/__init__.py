"""The shops of the channels bench: one process each, with books of its own, connected to the house."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from doorstep.base import tls

if TYPE_CHECKING:
    from bench._channels.stocked import Stocked
    from bench.house import House


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of shop.  `module`: its sandbox server.  `fill` puts what it sells into it, `limit` puts its documented limits in
    force once that was read.  `settings`: what connects it."""

    name: str
    module: str
    provider: str
    fill: Callable[[httpx.Client, Stocked], None]
    limit: Callable[[httpx.Client], None]
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Open:
    """A shop that is open and connected."""

    kind: str
    connection_id: int
    http: httpx.Client


def _fill_shop(http: httpx.Client, brand: Stocked) -> None:
    items = [{"sku": sku, "title": f"Thing {sku}", "price": "10.00", "currency": "EUR"} for sku in brand.skus]
    http.put("/admin/catalog", json=items).raise_for_status()


def _fill_shopify(http: httpx.Client, brand: Stocked) -> None:
    items = [
        {"sku": sku, "title": f"Thing {sku}", "price": "10.00", "currency": "EUR", "available": {"Berlin": 0}} for sku in brand.skus
    ]
    http.put("/admin/catalog", json=items).raise_for_status()
    # To read so much for the first time takes two minutes of points; numbers are told within the limits again.
    http.post("/admin/bucket", json={"rate": 10_000, "size": 20_000, "left": 20_000}).raise_for_status()


def _limit_shopify(http: httpx.Client) -> None:
    http.post("/admin/bucket", json={"rate": 100, "size": 2_000, "left": 2_000}).raise_for_status()


def _fill_woo(http: httpx.Client, brand: Stocked) -> None:
    for sku in brand.skus:
        http.post("/admin/products", json={"name": f"Thing {sku}", "sku": sku, "price": "10.00", "stock": 0}).raise_for_status()


def _fill_amazon(http: httpx.Client, brand: Stocked) -> None:
    items = [{"sku": sku, "title": f"Thing {sku}", "quantity": 0} for sku in brand.skus]
    http.put("/admin/listings", json=items).raise_for_status()
    http.post("/admin/limits", json={"factor": 100}).raise_for_status()  # for the first reading alone


def _limit_amazon(http: httpx.Client) -> None:
    http.post("/admin/limits", json={"factor": 1}).raise_for_status()


def _nothing(_http: httpx.Client) -> None:
    return


KINDS = (
    Kind("shop", "sandbox.shop", "sandbox_shop", _fill_shop, _nothing, {}),
    Kind("shopify", "sandbox.shopify", "shopify", _fill_shopify, _limit_shopify, {"token": "sandbox", "client_secret": "sandbox"}),
    Kind("woocommerce", "sandbox.woocommerce", "woocommerce", _fill_woo, _nothing,
         {"client_id": "ck_sandbox", "client_secret": "cs_sandbox"}),
    Kind("amazon", "sandbox.amazon", "amazon", _fill_amazon, _limit_amazon,
         {"client_id": "sandbox", "client_secret": "sandbox", "refresh_token": "sandbox", "seller": "A3SANDBOX",
          "marketplace": "A1PA6795UKMFR9"}),
)  # fmt: skip


def open_shops(at: House, brand: Stocked, kinds: Sequence[Kind]) -> list[Open]:
    """Starts a server of each kind, fills it, connects it and reads what it offers."""
    from bench.house import free_port
    from doorstep.channels import actions as channels
    from doorstep.flows import expose

    found: list[Open] = []
    for kind in kinds:
        port = free_port()
        at.others[kind.name] = [kind.module, "--home", str(at.home / kind.name), "--port", str(port)]
        at.start(kind.name)
        login = httpx.BasicAuth("ck_sandbox", "cs_sandbox") if kind.name == "woocommerce" else None
        url = f"http://127.0.0.1:{port}"
        http = httpx.Client(base_url=url, auth=login, timeout=60, verify=tls.trusted(), trust_env=False)
        _until_up(http)
        kind.fill(http, brand)
        url = str(http.base_url).rstrip("/")
        settings = dict(kind.settings) | ({"auth_url": f"{url}/auth/o2/token"} if kind.name == "amazon" else {})
        row = channels.connect(brand.now(), provider=kind.provider, name=kind.name, url=url, settings=settings)
        expose.read_listings(brand.now, connection_id=row.id)
        kind.limit(http)
        found.append(Open(kind.name, row.id, http))
    return found


def _until_up(http: httpx.Client) -> Any:
    from bench.house import eventually

    def up() -> bool:
        try:
            return http.get("/healthz").is_success
        except httpx.HTTPError:
            return False

    return eventually(up, within_s=20)
