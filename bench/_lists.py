"""How long the lists of a brand take, over HTTP to one web process."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from html import unescape
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import httpx

from bench import _flood
from doorstep.accounts import actions as accounts
from doorstep.base import db, tls
from doorstep.orders.filters import VIEWS

if TYPE_CHECKING:
    from bench._flood import Flooded
    from bench.house import House

EACH, MOST_S = 40, 20  # a kind is asked for as often, or as long
PAGE = 500
PASSWORD = "a-long-password-for-benches"  # of a brand that lives for minutes
BAR = (
    "orders_first", "orders_filtered", "orders_page_500", "orders_search", "stock_first", "stock_filtered", "stock_last_page",
    "stock_search", "ledger", "api_orders",
)  # fmt: skip


def measure(at: House, brand: Flooded) -> dict[str, float]:
    """p95 of each kind of list, in milliseconds, and the worst of those that the bar is set for."""
    accounts.add_staff(
        brand.ctx, email="bench@example.com", name="김지안", role="owner", language="ko", password=PASSWORD
    )
    at.start("web")
    at.wait_ready()
    with httpx.Client(base_url=at.url, timeout=120, verify=tls.trusted(), trust_env=False) as http:
        page = http.get("/sign-in/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token
        given = {"login": "bench@example.com", "password": PASSWORD, "csrfmiddlewaretoken": token[1]}
        answer = http.post("/sign-in/", data=given, headers={"referer": f"{at.url}/sign-in/"})
        assert answer.status_code == 302, answer.text[:500]
        key = {"authorization": f"Bearer {brand.secret}"}
        kinds = _kinds(http, key)
        p95 = {name: _p95(http, name, known, key if name.startswith("api") else {}) for name, known in kinds.items()}
    at.kill("web")
    return {"lists.p95_ms": max(p95[name] for name in BAR)} | {f"lists.{name}_p95_ms": ms for name, ms in p95.items()}


def _p95(http: httpx.Client, name: str, addresses: Sequence[str], headers: Mapping[str, str]) -> float:
    """The p95 of a kind in milliseconds, each address as often as the others; the slowest is named."""
    took: list[tuple[float, str]] = []
    stop = time.monotonic() + MOST_S
    while len(took) < EACH and time.monotonic() < stop:
        for address in addresses:
            began = time.perf_counter()
            answer = http.get(address, headers=headers)
            took.append(((time.perf_counter() - began) * 1000, address))
            assert answer.status_code == 200, (answer.status_code, address)
    took.sort()
    print(f"slowest of {name}: {took[-1][0]:.0f} ms, {took[-1][1][:100]}", flush=True)
    return took[int(len(took) * 0.95)][0]


def _kinds(http: httpx.Client, key: Mapping[str, str]) -> dict[str, list[str]]:
    """The addresses of each kind."""
    random = Random(4)
    newest = int(db.scalar("SELECT max(id) FROM orders_order"))
    some = db.dicts(
        "SELECT id, name, external_id, email, customer_id, customer_name, placed_at FROM orders_order WHERE id = ANY(%s)",
        [[random.randrange(newest // 2, newest) for _ in range(200)]],
    )
    return _of_orders(http, key, some) | _of_stock(http, some) | _others(some)


def _of_orders(http: httpx.Client, key: Mapping[str, str], some: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    shop = db.scalar("SELECT max(id) FROM channels_connection")
    place = db.scalar("SELECT min(id) FROM locations_location")
    days = [o["placed_at"].date() for o in some]
    filters = [
        *(f"view={view}" for view in VIEWS if view), f"connection={shop}", f"connection={shop}&view=held",
        "payment=paid&country=KR", "payment=pending", "country=FR&view=late",
        f"location={place}", f"location={place}&view=delivered&country=DE", "period=7",
        "period=365&country=FR", "tag=never", "country=JP", "payment=refunded&country=KR", "view=cancelled&country=FR",
        *(f"customer={o['customer_id']}" for o in some[:4]),
        *(f"period=between&from={day}&to={day + timedelta(days=6)}" for day in days[:6]),
        f"period=between&to={days[0]}&view=held", f"period=between&from={days[1]}&view=cancelled",
    ]  # fmt: skip
    hangul = [o["customer_name"] for o in some if not o["customer_name"].isascii() and len(o["customer_name"]) < 5]
    words = [
        *(o["name"] for o in some[:6]), *(o["external_id"] for o in some[6:9]), *(o["email"] for o in some[9:13]),
        *(name[1:3] for name in hangul[:5]), *(name[:2] for name in hangul[5:9]), *(name[-2:] for name in hangul[9:12]),
        "김", "민", "Schäfer", "chäf", "Lefè", "nguyen", "example.com", "SKU-00000", "SKU-07313", "sku-0731", "buyer12",
        "nobody-here", "Olivia 00713", "이민 SKU-00001",
    ]  # fmt: skip
    return {
        "orders_first": ["/orders/"], "orders_filtered": [f"/orders/?{given}" for given in filters],
        "orders_page_500": _far(http, "/orders/", PAGE), "orders_search": [f"/orders/?q={quote(word)}" for word in words],
        "api_orders": list(_api(http, key, datetime.now(UTC) - timedelta(days=7))),
        "order_page": [f"/orders/{o['id']}/" for o in some[:40]],
    }  # fmt: skip


def _of_stock(http: httpx.Client, some: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    best = db.column("SELECT id FROM catalog_variant WHERE sku = ANY(%s)", [[_flood.sku(n) for n in range(5)]])
    place = db.scalar("SELECT min(id) FROM locations_location")
    year_ago, day = datetime.now(UTC) - timedelta(days=365), some[2]["placed_at"].date()
    words = ("SKU-00731", "0731", "Thing", "thing 73", "없는", "KU-09")
    return {
        "stock_first": ["/stock/"], "stock_last_page": _far(http, "/stock/", 190),
        "stock_filtered": [*(f"/stock/?only={only}" for only in ("low", "out", "recount")), f"/stock/?location={place}"],
        "stock_of_a_year_ago": [f"/stock/?at={year_ago:%Y-%m-%dT%H:%M}"],
        "stock_search": [f"/stock/?q={quote(word)}" for word in words],
        "stock_page": [f"/stock/{id}/" for id in best],
        "ledger": [
            "/stock/ledger/", *(f"/stock/ledger/?q={_flood.sku(n)}" for n in (0, 1, 7313)), "/stock/ledger/?kind=sale",
            f"/stock/ledger/?q={_flood.sku(0)}&location={place}", "/stock/ledger/?view=by_hand",
        ],
        "ledger_of_a_day": [f"/stock/ledger/?from={day}&to={day}"],
    }  # fmt: skip


def _others(some: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    lists = db.column("SELECT id FROM fulfilment_picklist WHERE state = 'open' ORDER BY id DESC LIMIT 5")
    parcels = db.column("SELECT id FROM shipping_parcel ORDER BY id DESC LIMIT 1000")
    arrivals = db.column("SELECT id FROM base_arrival ORDER BY id DESC LIMIT 1000")
    return {
        "home": ["/"], "pick_lists": ["/fulfilment/", *(f"/fulfilment/lists/{id}/" for id in lists)],
        "shipments": [
            "/shipments/", "/shipments/?q=김", "/shipments/?q=buyer12", "/shipments/?q=DS0",
            *(f"/shipments/{id}/" for id in parcels[::50]),
        ],
        "customers": [
            "/customers/", "/customers/?q=민", "/customers/?q=Schäf", "/customers/?country=FR",
            f"/customers/?q={quote(some[3]['email'])}", *(f"/customers/{o['customer_id']}/" for o in some[:6]),
        ],
        "arrivals": [
            "/channels/", "/channels/arrivals/", "/channels/arrivals/?source=channel", "/channels/arrivals/?outcome=refused",
            "/channels/arrivals/?q=00713", *(f"/channels/arrivals/{id}/" for id in arrivals[::100]),
        ],
        "work": ["/tasks/", "/promises/", "/inbox/", "/returns/", "/metrics"],
    }  # fmt: skip


def _far(http: httpx.Client, address: str, page: int) -> list[str]:
    """The addresses of a page and the nine after it, each as the one before links to it."""
    found = []
    for n in range(2, page + 10):
        text = http.get(address).text
        link = re.search(r'href="(/[^"]*[?&](?:amp;)?after=[^"]+)"', text)
        assert link, (n, address)
        address = unescape(link[1])
        if n >= page:
            found.append(address)
    return found


def _api(http: httpx.Client, key: Mapping[str, str], since: datetime) -> Iterator[str]:
    base = "/api/v1/orders?limit=100"
    moment = quote(since.isoformat())
    yield from (
        base,
        "/api/v1/orders?limit=100&view=held",
        f"{base}&updated_since={moment}",
        f"{base}&updated_since=2020-01-01T00:00:00Z",
    )
    for start in (base, f"{base}&updated_since=2020-01-01T00:00:00Z"):
        cursor = ""
        for _ in range(30):
            answer = http.get(f"{start}{cursor}", headers=key).json()
            cursor = f"&cursor={quote(answer['next'])}"
        yield f"{start}{cursor}"
