"""The shops of the channels bench: one process each, with books of its own, connected to the house."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from bench._channels.gate import Gate
from doorstep.base import tls

if TYPE_CHECKING:
    from bench._channels.stocked import Stocked
    from bench.house import House
    from doorstep.channels.exposure import Rule


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of shop.  `module`: its sandbox server.  `fill` puts what it sells into it, `limit` puts its documented limits in
    force once that was read.  `settings`: what connects it.  `orders`: of its own books, by number: units by SKU.
    `losing`: how it is told to lose webhooks."""

    name: str
    module: str
    provider: str
    fill: Callable[[httpx.Client, Stocked], None]
    limit: Callable[[httpx.Client], None]
    settings: Mapping[str, str]
    orders: Callable[[httpx.Client], dict[str, Counter[str]]]
    losing: str = "drop"


@dataclass(frozen=True, slots=True)
class Open:
    """A shop that is open and connected.  `http` reaches it whatever is on the way; `gate`: the way that we go."""

    kind: str
    connection_id: int
    http: httpx.Client
    gate: Gate
    books: Callable[[httpx.Client], dict[str, Counter[str]]]
    losing: str

    def sell(self, sku: str, qty: int) -> str | None:
        """Somebody buys there.  Returns: the number of the order; None where the shop has too few by its own number."""
        line = {"sku": sku, "quantity": qty, "price": "10.00"}
        body = {"lines": [line], "currency": "EUR", "country": "DE", "financial_status": "paid"}
        answer = self.http.post("/orders" if self.kind == "shop" else "/admin/orders", json=body)
        if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY and answer.json().get("error", answer.json().get("code")) in OUT:
            return None
        told = answer.raise_for_status().json()
        return str(told["orders"][0]["id"] if "orders" in told else told["id"])

    def set_faults(self, *, lost: float, doubled: float, disorder: bool, seed: int) -> None:
        """How its webhooks go from now on."""
        faults = {self.losing: lost, "duplicate": doubled, "disorder": disorder, "seed": seed}
        self.http.post("/admin/faults", json=faults).raise_for_status()

    def orders(self) -> dict[str, Counter[str]]:
        """Units by SKU of each order in its own books, by number."""
        return self.books(self.http)


OUT = ("sold_out", "out_of_stock")
MANY = 1000


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


def _orders_of_shop(http: httpx.Client) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    after: int | None = 0
    while after is not None:
        page = http.get(f"/orders?limit=250&after={after}").raise_for_status().json()
        found |= {str(one["id"]): _units(one["line_items"]) for one in page["orders"]}
        after = page["next_after"]
    return found


def _orders_of_shopify(http: httpx.Client) -> dict[str, Counter[str]]:
    every = http.get(f"/admin/orders?limit={MANY}").raise_for_status().json()["orders"]
    if len(every) >= MANY:
        raise RuntimeError("the sandbox's Shopify has more orders than it shows")
    return {str(one["id"]): _units(one["line_items"]) for one in every}


def _orders_of_woo(http: httpx.Client) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = {}
    page = pages = 1
    while page <= pages:
        answer = http.get(f"/wp-json/wc/v3/orders?per_page=100&orderby=id&order=asc&page={page}").raise_for_status()
        found |= {str(one["id"]): _units(one["line_items"]) for one in answer.json()}
        page, pages = page + 1, int(answer.headers["x-wp-totalpages"])
    return found


def _orders_of_amazon(http: httpx.Client) -> dict[str, Counter[str]]:
    return {one["id"]: _units(one["lines"]) for one in http.get("/admin/books").raise_for_status().json()["orders"]}


def _units(lines: Sequence[Mapping[str, Any]]) -> Counter[str]:
    units: Counter[str] = Counter()
    for line in lines:
        units[line["sku"]] += line["quantity"]
    return units


KINDS = (
    Kind("shop", "sandbox.shop", "sandbox_shop", _fill_shop, _nothing, {}, _orders_of_shop),
    Kind("shopify", "sandbox.shopify", "shopify", _fill_shopify, _limit_shopify,
         {"token": "sandbox", "client_secret": "sandbox"}, _orders_of_shopify, "webhook_drop"),
    Kind("woocommerce", "sandbox.woocommerce", "woocommerce", _fill_woo, _nothing,
         {"client_id": "ck_sandbox", "client_secret": "cs_sandbox"}, _orders_of_woo),
    Kind("amazon", "sandbox.amazon", "amazon", _fill_amazon, _limit_amazon,
         {"client_id": "sandbox", "client_secret": "sandbox", "refresh_token": "sandbox", "seller": "A3SANDBOX",
          "marketplace": "A1PA6795UKMFR9"}, _orders_of_amazon, "webhook_drop"),
)  # fmt: skip


def open_shops(at: House, brand: Stocked, kinds: Sequence[Kind], *, name: str = "", rule: Rule | None = None) -> list[Open]:
    """Starts a server of each kind, fills it, connects it and reads what it offers.

    `name`: begins what they are called.  `rule`: what holds for what each of them is shown.
    """
    from bench.house import free_port
    from doorstep.channels import actions as channels
    from doorstep.flows import expose

    found: list[Open] = []
    for kind in kinds:
        port, called = free_port(), f"{name}{kind.name}"
        at.others[called] = [kind.module, "--home", str(at.home / called), "--port", str(port)]
        at.start(called)
        login = httpx.BasicAuth("ck_sandbox", "cs_sandbox") if kind.name == "woocommerce" else None
        http = httpx.Client(
            base_url=f"http://127.0.0.1:{port}", auth=login, timeout=60, verify=tls.trusted(), trust_env=False
        )
        _until_up(http)
        kind.fill(http, brand)
        gate = Gate(free_port(), to=port)
        settings = dict(kind.settings)
        if kind.provider == "amazon":
            settings |= {"auth_url": f"{gate.url}/auth/o2/token", "bridge": f"{gate.url}/admin/connect"}
        row = channels.connect(brand.now(), provider=kind.provider, name=called, url=gate.url, settings=settings)
        if rule is not None:
            expose.set_rule(brand.now(), connection_id=row.id, rule=rule)
        expose.read_listings(brand.now, connection_id=row.id)
        kind.limit(http)
        found.append(Open(kind.name, row.id, http, gate, kind.orders, kind.losing))
    return found


def _until_up(http: httpx.Client) -> Any:
    from bench.house import eventually

    def up() -> bool:
        try:
            return http.get("/healthz").is_success
        except httpx.HTTPError:
            return False

    return eventually(up, within_s=20)
